// The checks on what has its place: order of every pair, strict causes, counts, events that nobody published, deadlines.
// All pairwise, so that explaining a failure takes milliseconds and not a search.

import { wordsOf } from '../mermaid.ts'
import type { Choices, Facts } from './branches.ts'
import { type Finding, type Matching, say, standing } from './matching.ts'
import type { Leaf } from './plan.ts'

interface Seen {
  readonly leaf: Leaf
  readonly round: number
  readonly index: number
}

function everySeen(facts: Facts, matching: Matching): Seen[] {
  return facts.plan.leaves.flatMap((leaf) =>
    matching
      .rounds(leaf)
      .flatMap((round) => matching.at(leaf, round).map((index) => ({ leaf, round, index }))),
  )
}

/**
 * What of a message is to be compared with something, the last first. Rounds of one loop have no order among each other: of a thousand
 * looks into the library each is compared with itself, not with all.
 */
function seenBeside(matching: Matching, leaf: Leaf, beside: Seen): readonly number[] {
  const isSameLoop = leaf.loop !== undefined && leaf.loop === beside.leaf.loop
  const rounds = isSameLoop ? [beside.round] : matching.rounds(leaf).toReversed()
  return rounds.flatMap((round) => matching.at(leaf, round).toReversed())
}

/**
 * A pair is out of order when the later one is proven to come before the earlier one. One message that moved over several
 * would make one finding for each; only the one with its nearest neighbour is told.
 */
export function orderFindings(facts: Facts, matching: Matching): Finding[] {
  const { plan, run } = facts
  const findings: Finding[] = []
  const told = new Set<number>()
  const nearestFirst = plan.leaves.toReversed()
  for (const late of everySeen(facts, matching)) {
    const earlier = nearestFirst.filter((leaf) => plan.ordered(leaf, late.leaf))
    for (const early of earlier) {
      for (const index of seenBeside(matching, early, late)) {
        if (!run.before(late.index, index)) continue
        if (told.has(late.index) || told.has(index)) continue
        told.add(late.index).add(index)
        findings.push({
          type: 'wrong_order',
          message: late.leaf.message.id,
          interaction: run.items[late.index]!.id,
          text: `${wordsOf(late.leaf.message)} happened before ${wordsOf(early.message)}.`,
        })
      }
    }
  }
  return findings
}

/**
 * While things still arrive, only a complete chain of causes can be said to lack one; a step proves by the events of its
 * commit and stands in no chain, so it may always still come.
 */
export function strictFindings(facts: Facts, choices: Choices, matching: Matching): Finding[] {
  const { plan, run, quiet } = facts
  const findings: Finding[] = []
  const all = (leaf: Leaf): number[] => [
    ...matching.rounds(leaf).flatMap((round) => [...matching.at(leaf, round)]),
    ...(matching.echoes.get(leaf) ?? []),
  ]
  for (const edge of plan.diagram.strict) {
    const effect = plan.leaf(edge.effect)
    const causes = edge.causes.map((id) => plan.leaf(id))
    const found = causes.flatMap(all)
    const bySibling = causes.some((cause) => cause.message.kind === 'step')
    const decided = matching
      .rounds(effect)
      .every((round) => standing(effect, round, choices) === 'taken')
    if (!quiet && !decided) continue
    for (const index of all(effect)) {
      if (found.some((cause) => run.proven(cause, index))) continue
      if (!quiet && (bySibling || !run.rooted(index))) continue
      const wanted = edge.causes.join(' or ')
      const words = wordsOf(effect.message)
      findings.push({
        type: found.length === 0 ? 'forbidden' : 'wrong_order',
        message: effect.message.id,
        interaction: run.items[index]!.id,
        text:
          found.length === 0
            ? `${words} happened without ${wanted}: ${edge.why}.`
            : `${words} is not proven to come from ${wanted}: ${edge.why}.`,
        absence: found.length === 0 || !run.rooted(index),
      })
    }
  }
  return findings
}

export function countFindings(facts: Facts, matching: Matching): Finding[] {
  const { plan, run } = facts
  const findings: Finding[] = []
  for (const loop of plan.loops) {
    const { max } = loop.bounds(run.whole)
    const counted =
      loop.opener === undefined
        ? plan.leaves.filter((l) => l.loop === loop)
        : [plan.leaf(loop.opener)]
    for (const leaf of counted) {
      const rounds = matching.rounds(leaf)
      const over = rounds.find((round) => round > max)
      if (over === undefined) continue
      const [index] = matching.at(leaf, over)
      findings.push({
        type: 'wrong_count',
        message: leaf.message.id,
        ...(index === undefined ? {} : { interaction: run.items[index]!.id }),
        text: `${wordsOf(leaf.message)} happened ${rounds.length} times, drawn is at most ${max}.`,
      })
    }
  }
  return findings
}

/** Every consumed event must have been published in this run, under its own name. Judged when nothing more arrives. */
export function originFindings(
  facts: Facts,
  matching: Matching,
  missing: readonly Finding[],
): Finding[] {
  if (!facts.quiet) return []
  const { plan, run } = facts
  const missed = new Set(missing.map((finding) => finding.message))
  return [...run.items.entries()].flatMap(([index, item]): Finding[] => {
    if (item.kind !== 'consume') return []
    const parent = run.parentOf(index)
    const origin = parent === undefined ? undefined : run.items[parent]!
    if (origin?.kind === 'publish' && origin.name === item.name) return []
    const leaf = matching.leafOf.get(index)
    const drawn = leaf === undefined ? [] : (plan.causesOf(leaf) ?? [])
    if (drawn.some((cause) => missed.has(cause.message.id))) return []
    return [
      {
        type: 'extra',
        ...(leaf === undefined ? {} : { message: leaf.message.id }),
        interaction: item.id,
        text: `${say(item)}: nobody published that event in this run.`,
        absence: origin === undefined,
      },
    ]
  })
}

export function lateFindings(facts: Facts, matching: Matching): Finding[] {
  const { plan, run } = facts
  const findings: Finding[] = []
  for (const leaf of plan.leaves) {
    const { within } = leaf.message
    if (within === undefined) continue
    const start = plan.leaf(within.after)
    for (const round of matching.rounds(leaf)) {
      const [index] = matching.at(leaf, round)
      const [from] = matching.at(
        start,
        start.loop === leaf.loop ? round : (matching.rounds(start).at(-1) ?? 0),
      )
      if (index === undefined || from === undefined) continue
      const tookMs = run.items[index]!.at - run.items[from]!.at
      if (tookMs <= within.deadlineMs) continue
      findings.push({
        type: 'late',
        message: leaf.message.id,
        interaction: run.items[index]!.id,
        text: `${wordsOf(leaf.message)} came ${tookMs} ms after ${within.after}, drawn is ${within.deadlineMs} ms.`,
      })
    }
  }
  return findings
}
