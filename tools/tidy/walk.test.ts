// The reader's walk of ARCHITECTURE.md, walked by a test: each step's file must name the next, and the last must hold the
// statement that writes an order.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { importsOf, packageOf, resolveRelative } from './scan/imports.ts'
import { readTree } from './tree.ts'

const root = join(import.meta.dirname, '..', '..')
const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
const section = /## The reader's walk\n([\s\S]*?)\n## /.exec(text)?.[1] ?? ''
/** The first link of each numbered step. */
const steps = [...section.matchAll(/^\d\. \[[^\]]+\]\(([^)#]+)/gm)].map((match) => match[1] ?? '')

test("reader's walk – from the README to the order's row – takes five steps and begins in the README", () => {
  assert.equal(steps.length, 5)
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  assert.ok(readme.includes(`](${steps[0]})`), `README.md does not link ${steps[0]}`)
})

test("reader's walk – each step's file – imports the next one", () => {
  const tree = readTree(root)
  const folders = new Map([...tree.packages].map(([folder, manifest]) => [manifest.name, folder]))
  for (const [index, step] of steps.slice(0, -1).entries()) {
    const file = tree.files.find((each) => each.path === step)
    assert.ok(file, `${step} does not exist`)
    const imported = importsOf(file).map(({ specifier }) => {
      const name = packageOf(specifier)
      const folder = folders.get(name)
      return folder === undefined
        ? resolveRelative(step, specifier)
        : `${folder}${specifier.slice(name.length)}`
    })
    const next = steps[index + 1] ?? ''
    assert.ok(imported.includes(next), `${step} does not import ${relative(dirname(step), next)}`)
  }
})

test("reader's walk – the last step's file – holds insertOrder with the statement that writes the row", () => {
  const store = readFileSync(join(root, steps.at(-1) ?? ''), 'utf8')
  assert.match(store, /\binsertOrder\b[\s\S]*?insert into orders\.orders\b/i)
})
