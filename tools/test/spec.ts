// How much of the specification this run has shown. Tests append to the file that SPEC_SHOWN names, one JSON line an item; what
// the items are and how the lines are read is known to flows/coverage.ts.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { coverage } from '../../flows/coverage.ts'
import { print } from './print.ts'

const ID_LINE = 100

/** A fresh file for this run's shown items. */
export function shownFile(root: string): string {
  const folder = join(root, 'test-results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `shown-${process.pid}.jsonl`)
  writeFileSync(file, '')
  return file
}

function wrap(ids: readonly string[]): string {
  const lines: string[] = []
  for (const id of ids) {
    const last = lines.at(-1)
    if (last === undefined || last.length + id.length >= ID_LINE) lines.push(`  ${id}`)
    else lines[lines.length - 1] = `${last} ${id}`
  }
  return lines.join('\n')
}

/** Writes test-results/spec.json (item → test → run), says how much is shown and lists the rest. */
export function reportSpec(root: string, shown: string): void {
  const found = coverage(readFileSync(shown, 'utf8').split('\n').filter(Boolean))
  writeFileSync(
    join(root, 'test-results', 'spec.json'),
    `${JSON.stringify(found.shown, null, 2)}\n`,
  )
  if (found.missing.length > 0) print(`Not shown yet:\n${wrap(found.missing)}`)
  print(found.text)
}
