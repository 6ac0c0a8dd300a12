// The judge: does this recorded run conform to this diagram? Pure, no clock, no search; 400 messages take milliseconds, so
// the observer may ask again after every arrival. It answers "running" as long as what arrives later could still make the
// run conform, "deviates" as soon as nothing could, and never takes two services' clocks for an order.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import type { Diagram } from '../language.ts'
import { type Choices, chooseBranches, type Facts } from './branches.ts'
import { type CausalRun, causalRun } from './causal-run.ts'
import { iterationsOf } from './iterations.ts'
import { type Finding, type Matching, matchAll } from './matching.ts'
import { planOf } from './plan.ts'
import { type Requirements, requirementsOf } from './requirements.ts'
import {
  countFindings,
  lateFindings,
  orderFindings,
  originFindings,
  strictFindings,
} from './rules.ts'
import type { CheckOptions, Deviation, Verdict } from './verdict.ts'

function gather(diagram: Diagram, run: CausalRun, quiet: boolean): Facts {
  const plan = planOf(diagram)
  const unsure = new Set<number>()
  const candidates = run.items.map((item, index) => {
    const found = plan.candidates(item, run.whole)
    if (found.unsure) unsure.add(index)
    return found.leaves
  })
  return {
    plan,
    run,
    candidates,
    unsure,
    iterations: iterationsOf(plan.loops, run, candidates),
    quiet,
  }
}

interface Judgement {
  readonly findings: readonly Finding[]
  readonly settled: boolean
  readonly requirements: Requirements
}

/** While causes are still unknown, counts and orders may yet change: only what no arrival can mend is told. */
function judge(facts: Facts, choices: Choices, matching: Matching): Judgement {
  const requirements = requirementsOf(facts, choices, matching)
  const settled = facts.quiet || (!facts.run.holes && facts.unsure.size === 0)
  const findings = [
    ...(facts.quiet ? requirements.missing : []),
    ...matching.findings,
    ...countFindings(facts, matching),
    ...orderFindings(facts, matching),
    ...strictFindings(facts, choices, matching),
    ...originFindings(facts, matching, requirements.missing),
  ]
  return {
    findings: [
      ...findings.filter((finding) => settled || finding.firm === true),
      ...lateFindings(facts, matching),
    ],
    settled,
    requirements,
  }
}

function decide(judgement: Judgement, options: CheckOptions): Verdict['verdict'] {
  const { settled, requirements } = judgement
  const against = judgement.findings.filter((finding) => finding.type !== 'late')
  if (against.length > 0) {
    const onlyAbsence = against.every((finding) => finding.absence === true)
    return options.lossy === true && onlyAbsence ? 'inconclusive' : 'deviates'
  }
  const complete = settled && !requirements.undecided && requirements.missing.length === 0
  return complete ? 'conforms' : 'running'
}

function matchedIds(facts: Facts, matching: Matching): Record<string, string[]> {
  const matched: Record<string, string[]> = {}
  for (const leaf of facts.plan.leaves) {
    const placed = matching.rounds(leaf).flatMap((round) => [...matching.at(leaf, round)])
    const indexes = [...placed, ...(matching.echoes.get(leaf) ?? [])]
    if (indexes.length > 0)
      matched[leaf.message.id] = indexes.flatMap((n) => [...facts.run.idsOf(n)])
  }
  return matched
}

const plain = ({ type, message, interaction, text }: Finding): Deviation => ({
  type,
  ...(message === undefined ? {} : { message }),
  ...(interaction === undefined ? {} : { interaction }),
  text,
})

/** A verdict with everything it rests on, for whoever draws the run beside its diagram. */
export interface Examination {
  readonly facts: Facts
  readonly choices: Choices
  readonly matching: Matching
  readonly verdict: Verdict
}

export const examine = (
  diagram: Diagram,
  interactions: readonly Interaction[],
  options: CheckOptions,
): Examination => examineRun(diagram, causalRun(interactions), options)

function examineRun(diagram: Diagram, run: CausalRun, options: CheckOptions): Examination {
  const facts = gather(diagram, run, options.quiet)
  const choices = chooseBranches(facts)
  const matching = matchAll(facts, choices)
  const judgement = judge(facts, choices, matching)
  const verdict = decide(judgement, options)
  const matched = matchedIds(facts, matching)
  const shown = facts.plan.leaves.filter((leaf) => matched[leaf.message.id] !== undefined)
  const { required, missing } = judgement.requirements
  return {
    facts,
    choices,
    matching,
    verdict: {
      diagram: diagram.id,
      verdict,
      required,
      seen: required - missing.length,
      deviations: judgement.findings.map(plain),
      matched,
      extras: matching.extras.flatMap((index) => [...run.idsOf(index)]),
      branches: choices.names,
      waiting: [...new Set(missing.map((finding) => finding.message!))],
      items:
        verdict === 'conforms' ? [...new Set(shown.flatMap((leaf) => leaf.message.items))] : [],
    },
  }
}

export const check = (
  diagram: Diagram,
  interactions: readonly Interaction[],
  options: CheckOptions,
): Verdict => examine(diagram, interactions, options).verdict

/** A run that was put in order once, for whoever asks more than one thing about it. */
export interface Reading {
  /**
   * For how many milliseconds nothing must have happened until nothing more is expected: for ever while the flow itself has not come
   * to its end, 0 where it has and no work of others is on its way.
   */
  patienceMs(): number
  check(options: CheckOptions): Verdict
}

export function readRun(diagram: Diagram, interactions: readonly Interaction[]): Reading {
  const run = causalRun(interactions)
  const { whole } = run
  return {
    patienceMs() {
      const input = { here: whole, whole, last: true, quiet: false }
      if (diagram.ends.holds(input) !== true) return Number.POSITIVE_INFINITY
      const waits = (diagram.waits ?? []).filter((wait) => wait.holds(input) === true)
      return Math.max(0, ...waits.map((wait) => wait.patienceMs))
    },
    check: (options) => examineRun(diagram, run, options).verdict,
  }
}
