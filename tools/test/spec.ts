// How much of the specification this run has shown. Tests append to the file that SPEC_SHOWN names, one JSON line an item; what
// the items are and how the lines are read is known to flows/coverage.ts. What was once shown stays shown: a run that lacks an item of
// shown.ts has failed, because a test that no longer shows it fails in no other way.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Coverage, coverage } from '../../flows/coverage.ts'
import { print } from './print.ts'
import type { FileResult, TestResult } from './result.ts'
import { NEEDING, SHOWN } from './shown.ts'

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

export const readShown = (file: string): Coverage =>
  coverage(readFileSync(file, 'utf8').split('\n').filter(Boolean))

/** What is shown against what must be; items that need a real server only where all of them are required. */
export function judgeSpec(
  found: Pick<Coverage, 'shown' | 'unknown'>,
  requireReal: boolean,
): FileResult {
  const wanted = [...SHOWN, ...(requireReal ? Object.values(NEEDING).flat() : [])]
  const lost = wanted.filter((id) => !(id in found.shown))
  const error = [
    ...(lost.length > 0 ? [`no longer shown by any test:\n${wrap(lost)}`] : []),
    ...(found.unknown.length > 0 ? [`not in the checklist:\n${wrap(found.unknown)}`] : []),
  ].join('\n')
  const name = 'check: what was shown of the specification still is'
  const result: TestResult =
    error === '' ? { name, outcome: 'passed' } : { name, outcome: 'failed', error }
  return { path: name, ms: 0, output: '', tests: [result] }
}

/** Writes test-results/spec.json (item → test → run), says how much is shown and lists the rest, and what may be kept from now on. */
export function reportSpec(root: string, found: Coverage): void {
  writeFileSync(
    join(root, 'test-results', 'spec.json'),
    `${JSON.stringify(found.shown, null, 2)}\n`,
  )
  const kept = new Set([...SHOWN, ...Object.values(NEEDING).flat()])
  const fresh = Object.keys(found.shown).filter((id) => !kept.has(id))
  if (fresh.length > 0)
    print(`Shown, and not kept yet; add them to tools/test/shown.ts:\n${wrap(fresh)}`)
  if (found.missing.length > 0) print(`Not shown yet:\n${wrap(found.missing)}`)
  print(found.text)
}
