// A run laid beside its diagram, row by row: what was recorded in the order in which it happened, what is drawn on the row of
// its match, and what is drawn but did not happen at the earliest place that the diagram gives it. Where the two contradict
// each other in order, the drawn message and the recorded one get a row each, with one number.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import type { Diagram, Message } from '../language.ts'
import { type Examination, examine } from './check.ts'
import { standing } from './matching.ts'
import type { Leaf } from './plan.ts'
import { roundsFor, touchedOptions } from './requirements.ts'
import type { CheckOptions, Deviation, Verdict } from './verdict.ts'

/**
 * `same`: drawn and recorded. `missing`: drawn, and nothing can bring it any more. `awaited`: drawn, and may still come.
 * `moved`: one half of a message at another place than drawn. `foreign`: recorded where nothing is drawn for it. `added`: what
 * other documents add. `repeat`: a message that came again, as it may.
 */
export type RowMark = 'same' | 'missing' | 'awaited' | 'moved' | 'foreign' | 'added' | 'repeat'

export interface AlignedRow {
  /** Stays the same while the run grows. */
  readonly id: string
  readonly mark: RowMark
  readonly drawn?: Message
  /** Of the loop around the message, from 1; 0 outside loops. */
  readonly round: number
  readonly seen?: Interaction
  /** Ids of all interactions that `seen` stands for. */
  readonly ids: readonly string[]
  readonly deviations: readonly Deviation[]
  /** Ties the halves of a moved message together. */
  readonly pair?: number
}

export interface Alignment {
  readonly verdict: Verdict
  readonly rows: readonly AlignedRow[]
}

interface Place {
  readonly leaf: Leaf
  readonly round: number
}

const keyOf = ({ leaf, round }: Place): string => `${leaf.message.id}~${round}`

/** Everything that is drawn for this run, loops unrolled. */
function placesOf({ facts, matching }: Examination): Place[] {
  const { leaves } = facts.plan
  return leaves.flatMap((leaf, n): Place[] => {
    const { loop } = leaf
    if (loop === undefined) return [{ leaf, round: 0 }]
    if (leaves[n - 1]?.loop === loop) return []
    const inside = leaves.filter((other) => other.loop === loop)
    return roundsFor(leaf, facts, matching).flatMap((round) =>
      inside.map((one) => ({ leaf: one, round })),
    )
  })
}

/** Whether nobody has decided against it yet; of an open choice the branch drawn first stands for all. */
function isExpected({ leaf, round }: Place, { choices, facts }: Examination): boolean {
  const stands = standing(leaf, round, choices)
  if (stands !== 'undecided') return stands === 'taken'
  if (facts.quiet) return false
  return leaf.choices.every(({ alt, branch }) => branch === (choices.taken(alt, round) ?? 0))
}

const comesBefore = (a: Place, b: Place, ordered: (a: Leaf, b: Leaf) => boolean): boolean =>
  a.leaf.loop !== undefined && a.leaf.loop === b.leaf.loop && a.round !== b.round
    ? a.round < b.round
    : ordered(a.leaf, b.leaf)

/** Rows under way: a place may still be put between two that were recorded. */
interface Draft {
  readonly index?: number
  readonly place?: Place
  readonly pair?: number
}

/** Matches that the recorded order contradicts: each is to become two rows. */
function movedOf({ facts, matching, verdict }: Examination): Set<number> {
  const blamed = new Set(
    verdict.deviations.flatMap((d) => (d.type === 'wrong_order' ? [d.interaction] : [])),
  )
  const taken = facts.plan.leaves.flatMap((leaf) =>
    matching
      .rounds(leaf)
      .flatMap((round) => matching.at(leaf, round).map((index) => ({ leaf, round, index }))),
  )
  const { ordered } = facts.plan
  return new Set(
    taken.flatMap((one) => {
      if (!blamed.has(facts.run.items[one.index]!.id)) return []
      const early = taken.some((o) => o.index > one.index && comesBefore(o, one, ordered))
      return early ? [one.index] : []
    }),
  )
}

/** Puts a place behind the last row that it is drawn after, or before the first that is drawn after it. */
function insert(
  rows: Draft[],
  one: Draft & { readonly place: Place },
  examined: Examination,
): void {
  const { ordered } = examined.facts.plan
  const isAfter = (row: Draft): boolean =>
    row.place !== undefined && comesBefore(row.place, one.place, ordered)
  const isBefore = (row: Draft): boolean =>
    row.place !== undefined && comesBefore(one.place, row.place, ordered)
  const last = rows.findLastIndex(isAfter)
  const first = rows.findIndex(isBefore)
  const at = last !== -1 ? last + 1 : first !== -1 ? first : rows.length
  rows.splice(at, 0, one)
}

function draftsOf(examined: Examination): Draft[] {
  const { facts, matching } = examined
  const moved = movedOf(examined)
  const placeOf = new Map<number, Place>()
  const open: Draft[] = []
  const touched = touchedOptions(matching, facts.plan.leaves)
  for (const place of placesOf(examined)) {
    const [index] = matching.at(place.leaf, place.round)
    const { mark, built } = place.leaf.message
    if (index !== undefined) placeOf.set(index, place)
    else if (
      (mark === 'required' || !built) &&
      isExpected(place, examined) &&
      touched(place.leaf, place.round)
    )
      open.push({ place })
  }
  const rows: Draft[] = []
  let pairs = 0
  for (const index of facts.run.items.keys()) {
    const place = placeOf.get(index)
    if (place === undefined) rows.push({ index })
    else if (moved.has(index)) {
      pairs += 1
      rows.push({ index, pair: pairs })
      open.push({ place, pair: pairs })
    } else rows.push({ index, place })
  }
  for (const { place, pair } of open)
    if (place !== undefined)
      insert(rows, { place, ...(pair === undefined ? {} : { pair }) }, examined)
  return rows
}

function markOf(row: Draft, examined: Examination): RowMark {
  const { index, place, pair } = row
  const { matching, verdict } = examined
  if (pair !== undefined) return 'moved'
  if (index !== undefined && place !== undefined) return 'same'
  if (place !== undefined) {
    const owed = verdict.waiting.includes(place.leaf.message.id)
    return owed && examined.facts.quiet ? 'missing' : 'awaited'
  }
  if (matching.extras.includes(index!)) return 'added'
  const echoed = [...matching.echoes.values()].some((all) => all.includes(index!))
  return echoed ? 'repeat' : 'foreign'
}

function rowOf(row: Draft, examined: Examination): AlignedRow {
  const { index, place, pair } = row
  const { run } = examined.facts
  const seen = index === undefined ? undefined : run.items[index]!
  const drawn = place?.leaf.message
  const mark = markOf(row, examined)
  const deviations = examined.verdict.deviations.filter((d) =>
    seen === undefined
      ? mark === 'missing' && d.type === 'missing' && d.message === drawn?.id
      : d.interaction === seen.id,
  )
  const ids = index === undefined ? [] : run.idsOf(index)
  return {
    // Of folded repeats the first stays first while more arrive.
    id: ids[0] ?? keyOf(place!),
    mark,
    round: place?.round ?? 0,
    ids,
    deviations,
    ...(drawn === undefined ? {} : { drawn }),
    ...(seen === undefined ? {} : { seen }),
    ...(pair === undefined ? {} : { pair }),
  }
}

export function align(
  diagram: Diagram,
  interactions: readonly Interaction[],
  options: CheckOptions,
): Alignment {
  const examined = examine(diagram, interactions, options)
  return {
    verdict: examined.verdict,
    rows: draftsOf(examined).map((row) => rowOf(row, examined)),
  }
}
