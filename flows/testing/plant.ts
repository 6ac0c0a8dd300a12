// Planted deviations, for the tests of the checker and of everything that reads its verdict: one change to a good run each.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'

export type Run = readonly Interaction[]

export const without = (run: Run, ...ids: readonly string[]): Interaction[] =>
  run.filter((i) => !ids.includes(i.id))

export const changed = (run: Run, id: string, change: Partial<Interaction>): Interaction[] =>
  run.map((i) => (i.id === id ? { ...i, ...change } : i))

/** The same interaction once more, under its own id. */
export function repeated(run: Run, id: string, change: Partial<Interaction> = {}): Interaction[] {
  return run.flatMap((i) => (i.id === id ? [i, { ...i, id: `${id}+`, ...change }] : [i]))
}

/** As if two interactions of one context had happened the other way round. */
export function swapped(run: Run, a: string, b: string): Interaction[] {
  const [x, y] = [run.find((i) => i.id === a)!, run.find((i) => i.id === b)!]
  return changed(changed(run, a, { at: y.at, seq: y.seq }), b, { at: x.at, seq: x.seq })
}

export const added = (
  run: Run,
  extra: Partial<Interaction> & { readonly id: string },
): Interaction[] => [
  ...run,
  {
    flow: 'ord_1',
    kind: 'step',
    from: 'OrderSvc',
    to: 'OrderSvc',
    name: '',
    at: 1_000 + run.length,
    seq: run.length + 1,
    outcome: 'ok',
    attempt: 1,
    ...extra,
  },
]
