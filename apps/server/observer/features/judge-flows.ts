// Judges runs by themselves, so that a deviation is known before somebody looks. A run is judged when something new has come for it
// and, where it is only to come to rest, once more when it has; where something is missing, a few times more. What it was judged by
// is kept. A few at a time: all of a batch is read in four queries and written in one, and no more than half of this process's time
// goes into it, so that under heavy load verdicts come later, and orders never do.

import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import type { Verdict } from '@rialto/flows/checker/verdict.ts'
import type { Logger } from '@rialto/kernel/observability/log.ts'
import { HOUR, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import {
  diagramOf,
  type Judgement,
  judgeAt,
  type Known,
  NOTHING,
  readFlows,
  unjudged,
} from '../judge.ts'
import type { ObserverParts } from '../service.ts'
import { type Judged, lockDue, saveVerdicts } from '../store.ts'

const EVERY_SECONDS = 3
/** Their records are parsed in one go, and nobody else has a turn meanwhile: 10 of 250 interactions each take up to 9 ms. */
const RUNS_AT_ONCE = 10
const AGAIN_SECONDS_MIN = 1

interface Judging {
  readonly parts: ObserverParts
  readonly now: number
  readonly log: Logger
}

/**
 * What handles an event late and writes no step has nothing come for the run: who handled what is read from the inbox. So a run of which
 * something is only missing is looked at again, so long after it came to rest. Until the first of these looks it is told as running, so
 * that no alarm is raised for a consumer that was killed and lets its lease run out; with the last one its verdict is final.
 */
const LOOKS_MS = [MINUTE, 10 * MINUTE, 2 * HOUR] as const

const isOnlyMissing = ({ deviations }: Verdict): boolean =>
  deviations.some(({ type }) => type === 'missing') &&
  deviations.every(({ type }) => type === 'missing' || type === 'late')

interface Standing {
  readonly verdict: Verdict['verdict']
  /** When it is judged again if nothing comes for it, in milliseconds; infinite: not at all. */
  readonly againAt: number
}

/** Before it is at rest a run may conform and yet lack a cause, which is asked for only then; what deviates before deviates then too. */
const isMade = ({ verdict, quiet }: Judgement): boolean =>
  verdict.verdict === 'deviates' || (quiet && verdict.verdict !== 'running')

function standingOf(judgement: Judgement, now: number): Standing {
  const { verdict, quietAt } = judgement
  const told = verdict.verdict
  if (!isMade(judgement)) return { verdict: told, againAt: quietAt }
  const looks = isOnlyMissing(verdict) ? LOOKS_MS.map((ms) => quietAt + ms) : []
  const next = looks.findIndex((at) => at > now)
  return {
    verdict: next === 0 ? 'running' : told,
    againAt: looks[next] ?? Number.POSITIVE_INFINITY,
  }
}

const secondsUntil = (at: number, now: number): number | null =>
  at === Number.POSITIVE_INFINITY ? null : Math.max(AGAIN_SECONDS_MIN, (at - now) / SECOND)

/** One run over which the checker fails is told so, and keeps no other waiting. */
function judgementOf(flow: string, known: Known, judging: Judging): Judgement | undefined {
  const { parts, now, log } = judging
  try {
    return judgeAt(flow, known, { now, completeness: parts.completeness })
  } catch (err) {
    log.error({ err, flow }, 'a run cannot be judged')
    const diagram = diagramOf(flow)
    return diagram && unjudged(diagram, 'The checker failed over it; the log says how.')
  }
}

function judgedOf(flow: string, known: Known, judging: Judging): Judged | undefined {
  const { now } = judging
  const found = judgementOf(flow, known, judging)
  if (found === undefined) return undefined
  const { verdict, againAt } = standingOf(found, now)
  const againSeconds = secondsUntil(againAt, now)
  const isFinal = verdict !== 'running' && againSeconds === null && !known.isLarge
  const { required, seen, deviations } = found.verdict
  const kept = { againSeconds, handled: isFinal ? known.handled : null }
  return { flow, verdict, required, seen, deviations, ...kept }
}

/** Answers how many there were to judge. */
async function judgeDue(tx: Tx, judging: Judging): Promise<number> {
  const due = await tx.many(lockDue(RUNS_AT_ONCE))
  if (due.length === 0) return 0
  const names = due.map(({ flow }) => flow)
  const flows = await readFlows(tx, names, judging.parts.groups)
  const judged: Judged[] = []
  for (const flow of names) {
    // A verdict takes about 2 ms: ten in a row would keep every buyer waiting meanwhile.
    await turn()
    const one = judgedOf(flow, flows.get(flow) ?? NOTHING, judging)
    if (one !== undefined) judged.push(one)
  }
  tx.write(saveVerdicts(judged))
  return due.length
}

async function run({ unit, parts, ctx }: JobRun<undefined, ObserverParts>): Promise<void> {
  // The next tick goes on; one without an end would hold up the end of the process.
  const endsAt = performance.now() + EVERY_SECONDS * SECOND
  for (;;) {
    const begunAt = performance.now()
    const judging = { parts, now: ctx.now(), log: ctx.log }
    const found = await unit((tx) => judgeDue(tx, judging))
    const now = performance.now()
    if (found < RUNS_AT_ONCE || now > endsAt) return
    await pause(now - begunAt)
  }
}

export const judgeFlows = job<undefined, ObserverParts>({
  name: 'observer.judge',
  everySeconds: EVERY_SECONDS,
  run,
})
