// Which round of a loop a recorded interaction belongs to, such as the second attempt to pay. A round begins with its
// opener; what the opener caused belongs to it. What comes from outside (a provider's webhook names no cause of ours) is
// told apart by the loop's key, such as the payment id, and by clock only when nothing else can tell: this merely assigns,
// it never decides order.

import type { Loop } from '../language.ts'
import type { CausalRun } from './causal-run.ts'
import type { Leaf } from './plan.ts'

export interface Iterations {
  /** Rounds that have begun. */
  count(loop: Loop): number
  /** Round of an interaction, from 1; 0 when it has no place in this loop. */
  of(loop: Loop, index: number): number
  members(loop: Loop, round: number): readonly number[]
  /** Assigned by clock only, so that it may have to move where it has a place. */
  guessed(loop: Loop, index: number): boolean
}

interface Rounds {
  readonly count: number
  readonly round: ReadonlyMap<number, number>
  readonly members: ReadonlyMap<number, readonly number[]>
  readonly guessed: ReadonlySet<number>
}

function keysByRoot(run: CausalRun, loop: Loop): Map<string, string> {
  const keys = new Map<string, string>()
  if (loop.key === undefined) return keys
  for (const [index, item] of run.items.entries()) {
    const key = loop.key(item)
    const root = run.rootOf(index)
    if (key !== undefined && !keys.has(root)) keys.set(root, key)
  }
  return keys
}

function roundsOf(loop: Loop, run: CausalRun, candidates: readonly (readonly Leaf[])[]): Rounds {
  const openers = run.items.flatMap((_, index) =>
    candidates[index]!.some((leaf) => leaf.message.id === loop.opener) ? [index] : [],
  )
  const nthOf = new Map(openers.map((opener, n) => [opener, n + 1]))
  const keys = keysByRoot(run, loop)
  const byRoot = new Map<string, number>()
  const byKey = new Map<string, number>()
  for (const [n, opener] of openers.entries()) {
    const root = run.rootOf(opener)
    if (!byRoot.has(root)) byRoot.set(root, n + 1)
    const key = keys.get(root)
    if (key !== undefined && !byKey.has(key)) byKey.set(key, n + 1)
  }
  const byClock = (index: number): number => {
    const later = openers.findIndex((opener) => run.items[opener]!.at > run.items[index]!.at)
    return later === -1 ? Math.max(openers.length, 1) : Math.max(later, 1)
  }
  const rounds = new Map<number, number>()
  const guessed = new Set<number>()
  for (const index of run.items.keys()) {
    if (!candidates[index]!.some((leaf) => leaf.loop === loop)) continue
    const root = run.rootOf(index)
    const tied = nthOf.get(index) ?? byRoot.get(root) ?? byKey.get(keys.get(root) ?? '')
    if (tied === undefined) guessed.add(index)
    rounds.set(index, tied ?? byClock(index))
  }
  const members = Map.groupBy(rounds.keys(), (index) => rounds.get(index)!)
  const count = Math.max(0, ...members.keys())
  return { count, round: rounds, members, guessed }
}

export function iterationsOf(
  loops: readonly Loop[],
  run: CausalRun,
  candidates: readonly (readonly Leaf[])[],
): Iterations {
  const rounds = new Map<Loop, Rounds>()
  for (const loop of loops)
    if (loop.opener !== undefined) rounds.set(loop, roundsOf(loop, run, candidates))
  return {
    count: (loop) => rounds.get(loop)?.count ?? 0,
    of: (loop, index) => rounds.get(loop)?.round.get(index) ?? 0,
    members: (loop, round) => rounds.get(loop)?.members.get(round) ?? [],
    guessed: (loop, index) => rounds.get(loop)?.guessed.has(index) ?? false,
  }
}
