// Picks the branch of every alternative, once for each round of the loop around it: by the guards over the data, else by
// what was seen, and at the end of a run by the lowest cost (missing 2, foreign 2). Each alternative is decided by itself,
// so the cost of deciding grows with their number and not with the number of their combinations.

import type { Alternative, Block, Loop } from '../language.ts'
import type { CausalRun } from './causal-run.ts'
import type { Iterations } from './iterations.ts'
import type { Leaf, Plan } from './plan.ts'

export interface Choices {
  /** Branch taken, or `undefined` while nothing tells. An alternative outside loops is decided once for all rounds. */
  taken(alt: Alternative, round: number): number | undefined
  /** For people: `alternative` or `alternative 2` → the branch's name. */
  readonly names: Readonly<Record<string, string>>
}

export interface Facts {
  readonly plan: Plan
  readonly run: CausalRun
  readonly candidates: readonly (readonly Leaf[])[]
  /** Interactions of which a condition cannot tell yet whether they are a certain message. */
  readonly unsure: ReadonlySet<number>
  readonly iterations: Iterations
  readonly quiet: boolean
}

/** Rounds of a loop that there are or must be. */
export function roundCount(facts: Facts, loop: Loop): number {
  return Math.max(facts.iterations.count(loop), loop.bounds(facts.run.whole).min)
}

function missingIn(block: Block, present: ReadonlySet<string>): number {
  switch (block.block) {
    case 'message':
      return block.mark === 'required' && block.built && !present.has(block.id) ? 1 : 0
    case 'seq':
    case 'par':
      return block.parts.reduce((sum, part) => sum + missingIn(part, present), 0)
    case 'alt':
      return Math.min(...block.branches.map((branch) => missingIn(branch.body, present)))
    case 'opt':
      return 0
    case 'loop':
      return missingIn(block.body, present)
  }
}

/** The branch in which alone an interaction has a place, if it has none outside the alternative. Being forbidden is none. */
function onlyBranch(leaves: readonly Leaf[], alt: Alternative): number | undefined {
  const allowed = leaves.filter((leaf) => leaf.message.mark !== 'forbidden')
  const branches = new Set(allowed.map((l) => l.choices.find((c) => c.alt === alt)?.branch))
  return branches.size === 1 ? [...branches][0] : undefined
}

interface Case {
  readonly alt: Alternative
  readonly loop: Loop | undefined
  readonly round: number
}

function choose(facts: Facts, { alt, loop, round }: Case): number | undefined {
  const { run, candidates, iterations, quiet } = facts
  const members = loop === undefined ? [...run.items.keys()] : iterations.members(loop, round)
  const input = {
    here: loop === undefined ? run.whole : run.view(members),
    whole: run.whole,
    last: loop === undefined || round >= iterations.count(loop),
    quiet,
  }
  const guards = alt.branches.map((branch) => branch.when?.holds(input))
  const certain = guards.indexOf(true)
  if (certain !== -1) return certain
  const seen = alt.branches.map(() => 0)
  for (const index of members) {
    const branch = onlyBranch(candidates[index]!, alt)
    if (branch !== undefined) seen[branch]! += 1
  }
  const present = new Set(members.flatMap((index) => candidates[index]!.map((l) => l.message.id)))
  const open = alt.branches.flatMap((_, n) => (guards[n] === false ? [] : [n]))
  const among = open.length === 0 ? [...alt.branches.keys()] : open
  const total = seen.reduce((sum, n) => sum + n, 0)
  if (!quiet && among.every((n) => seen[n] === 0)) return undefined
  const cost = (n: number): number =>
    2 * (total - seen[n]!) + (quiet ? 2 * missingIn(alt.branches[n]!.body, present) : 0)
  return among.reduce((best, n) => (cost(n) < cost(best) ? n : best))
}

export function chooseBranches(facts: Facts): Choices {
  const decided = new Map<Alternative, Map<number, number | undefined>>()
  const names: Record<string, string> = {}
  const single = new Set(facts.plan.alternatives.flatMap((a) => (a.loop ? [] : [a.alt])))
  const taken: Choices['taken'] = (alt, round) => decided.get(alt)?.get(single.has(alt) ? 0 : round)
  for (const { alt, loop, choices } of facts.plan.alternatives) {
    const rounds =
      loop === undefined ? [0] : Array.from({ length: roundCount(facts, loop) }, (_, n) => n + 1)
    const byRound = new Map<number, number | undefined>()
    for (const round of rounds) {
      const branch = choose(facts, { alt, loop, round })
      byRound.set(round, branch)
      const stands = choices.every((c) => taken(c.alt, round) === c.branch)
      if (branch !== undefined && stands)
        names[round > 1 ? `${alt.id} ${round}` : alt.id] = alt.branches[branch]!.name
    }
    decided.set(alt, byRound)
  }
  return { taken, names }
}
