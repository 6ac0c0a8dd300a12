// What a first visit must load, and what a screen adds, measured on the build: compressed as it is sent. Both have a budget.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { buildPages, dist } from './build.ts'

const KILOBYTE = 1_000
const BUDGETS = { store: 240, console: 320 } as const
const SCREEN_BUDGET = 60

interface Chunk {
  readonly file: string
  readonly name?: string
  readonly css?: readonly string[]
  readonly imports?: readonly string[]
  readonly dynamicImports?: readonly string[]
}

let manifest: Readonly<Record<string, Chunk>>
before(async () => {
  await buildPages()
  manifest = JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8'))
})

/** The files of a chunk and of all that it needs at once. */
function filesOf(key: string, seen = new Set<string>()): Set<string> {
  const chunk = manifest[key]
  assert.ok(chunk !== undefined, `no chunk ${key}`)
  if (seen.has(chunk.file)) return seen
  seen.add(chunk.file)
  for (const css of chunk.css ?? []) seen.add(css)
  for (const needed of chunk.imports ?? []) filesOf(needed, seen)
  return seen
}

const gzipped = (file: string): number =>
  gzipSync(readFileSync(join(dist, file)), { level: 9 }).length

const kilobytes = (files: Iterable<string>): number =>
  Math.round([...files].reduce((sum, file) => sum + gzipped(file), 0) / 100) / (KILOBYTE / 100)

const isDictionary = (key: string): boolean => /(^|[/-])ru\.ts$/.test(key)

/** The entry with the longer of the languages, because one of them is always loaded. */
function firstLoad(entry: string): Set<string> {
  const files = filesOf(entry)
  for (const key of manifest[entry]?.dynamicImports ?? [])
    if (isDictionary(key)) filesOf(key, files)
  return files
}

for (const [name, budget] of Object.entries(BUDGETS))
  test(`first load – ${name} – at most ${budget} kB compressed`, (t) => {
    const files = firstLoad(`${name}/index.html`)
    const size = kilobytes(files)
    t.diagnostic(`${size} kB in ${files.size} files`)
    assert.ok(files.size >= 3 && size > 50, `${size} kB in ${files.size} files`)
    assert.ok(size <= budget, `${size} kB`)
  })

test(`screens – each that is loaded later – adds at most ${SCREEN_BUDGET} kB`, (t) => {
  let screens = 0
  for (const name of Object.keys(BUDGETS)) {
    const first = firstLoad(`${name}/index.html`)
    for (const key of manifest[`${name}/index.html`]?.dynamicImports ?? []) {
      const added = kilobytes([...filesOf(key)].filter((file) => !first.has(file)))
      screens += 1
      assert.ok(added <= SCREEN_BUDGET, `${key}: ${added} kB`)
    }
  }
  t.diagnostic(`${screens} screens`)
  assert.ok(screens >= 10, `${screens} screens`)
})
