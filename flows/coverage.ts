// How much of the checklist the tests have shown. A test run writes one JSON line `{ id, test, run }` for each item it has
// shown; an item counts when at least one test did.

import { type ChecklistItem, checklist } from './checklist.ts'

/** An item, the test that showed it, and the run (such as an order id) in which it was seen. */
export interface Shown {
  readonly id: string
  readonly test: string
  readonly run: string
}

export interface Coverage {
  readonly total: number
  /** Id → test → run. */
  readonly shown: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly missing: readonly string[]
  /** Shown, but not in the checklist: a mistake in a diagram or a test. */
  readonly unknown: readonly string[]
  readonly text: string
}

function parse(line: string): Shown {
  const value = JSON.parse(line) as Partial<Shown>
  if (
    typeof value.id !== 'string' ||
    typeof value.test !== 'string' ||
    typeof value.run !== 'string'
  )
    throw new Error(`coverage: not a shown item: ${line}`)
  return { id: value.id, test: value.test, run: value.run }
}

export function coverage(
  lines: readonly (string | Shown)[],
  items: readonly ChecklistItem[] = checklist,
): Coverage {
  const told = lines.map((line) => (typeof line === 'string' ? parse(line) : line))
  const byId = Map.groupBy(told, (one) => one.id)
  const known = new Set(items.map((item) => item.id))
  const shown = Object.fromEntries(
    items.flatMap(({ id }) => {
      const tests = byId.get(id)
      return tests === undefined
        ? []
        : [[id, Object.fromEntries(tests.map((t) => [t.test, t.run]))]]
    }),
  )
  return {
    total: items.length,
    shown,
    missing: items.filter(({ id }) => !byId.has(id)).map(({ id }) => id),
    unknown: [...byId.keys()].filter((id) => !known.has(id)),
    text: `spec: ${Object.keys(shown).length} of ${items.length} items shown`,
  }
}
