// Chance with a seed: the same seed draws the same schedule of faults. What the processes do between two faults is theirs, so a
// seed repeats the attack, not the run.

export interface Chance {
  /** In 0..1, 1 excluded. */
  next(): number
  /** A whole number in 0..below-1. */
  below(below: number): number
  /** True in this share of the cases. */
  happens(share: number): boolean
  pick<T>(list: readonly T[]): T
}

/** Mulberry32: 32 bits of state are plenty for schedules. */
export function seeded(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number): number => Math.floor(next() * n)
  return {
    next,
    below,
    happens: (share) => next() < share,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
  }
}
