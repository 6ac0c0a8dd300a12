// What a run still owes: the required messages of the branches taken, round by round.

import { wordsOf } from '../mermaid.ts'
import { type Choices, type Facts, roundCount } from './branches.ts'
import { type Finding, type Matching, standing } from './matching.ts'
import type { Leaf } from './plan.ts'

export interface Requirements {
  readonly required: number
  readonly missing: readonly Finding[]
  /** An alternative that matters is not decided yet. */
  readonly undecided: boolean
}

/** How often a message must or did happen. */
export function roundsFor(leaf: Leaf, facts: Facts, matching: Matching): number[] {
  const { loop } = leaf
  if (loop === undefined) return [0]
  const seen =
    loop.opener === undefined
      ? Math.max(
          0,
          ...facts.plan.leaves.filter((l) => l.loop === loop).map((l) => matching.rounds(l).length),
        )
      : 0
  return Array.from({ length: Math.max(roundCount(facts, loop), seen) }, (_, n) => n + 1)
}

/** Options of which something was seen, as `option` or `option and round`. */
export function touchedOptions(
  matching: Matching,
  leaves: readonly Leaf[],
): (leaf: Leaf, round: number) => boolean {
  const touched = new Map<unknown, Set<number>>()
  for (const leaf of leaves)
    for (const round of matching.rounds(leaf))
      for (const { opt, loop } of leaf.options) {
        const rounds = touched.get(opt) ?? new Set<number>()
        touched.set(opt, rounds.add(loop === undefined ? 0 : round))
      }
  return (leaf, round) =>
    leaf.options.every(
      ({ opt, loop }) => touched.get(opt)?.has(loop === undefined ? 0 : round) ?? false,
    )
}

export function requirementsOf(facts: Facts, choices: Choices, matching: Matching): Requirements {
  const missing: Finding[] = []
  let required = 0
  let undecided = false
  const optionTouched = touchedOptions(matching, facts.plan.leaves)
  for (const leaf of facts.plan.leaves) {
    const { message } = leaf
    if (message.mark !== 'required' || !message.built) continue
    for (const round of roundsFor(leaf, facts, matching)) {
      if (!optionTouched(leaf, round)) continue
      const stands = standing(leaf, round, choices)
      if (stands === 'undecided') undecided = true
      if (stands !== 'taken') continue
      required += 1
      if (matching.at(leaf, round).length > 0) continue
      const which = round > 1 ? ` (round ${round})` : ''
      missing.push({
        type: 'missing',
        message: message.id,
        text: `${wordsOf(message)}${which} did not happen.`,
        absence: true,
      })
    }
  }
  return { required, missing, undecided }
}
