// Puts a flow's record together and has it judged by the diagram that its key belongs to.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { readRun } from '@rialto/flows/checker/check.ts'
import type { Verdict } from '@rialto/flows/checker/verdict.ts'
import type { Diagram } from '@rialto/flows/language.ts'
import { purchase } from '@rialto/flows/purchase.ts'
import { type HandledRow, handledSql } from '@rialto/kernel/bus/replay.ts'
import type { Transaction } from '@rialto/kernel/db/transaction.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { selectHandled, selectLarge, selectParts } from './store.ts'

/** An ended flow in which nothing has happened for so long is taken to be at rest. */
const QUIET_MS = 2_000
/** A purchase has some 90. What has so many takes 70 ms to be judged, for which all wait: a button is pressed for hours. */
const INTERACTIONS_MAX = 2_000

/** The diagram of a flow, by the kind of its key. */
export const diagramOf = (key: string): Diagram | undefined =>
  key.startsWith('ord_') ? purchase : undefined

/** What was recorded of these flows. A batch that came again in other company brings an interaction twice; it is one. */
async function recordedOf(tx: Transaction, flows: readonly string[]): Promise<Interaction[]> {
  const parts = await tx.many(selectParts(flows))
  const all = parts.flatMap(({ flow, interactions }) => interactions.map((i) => ({ ...i, flow })))
  return [...new Map(all.map((one) => [one.id, one])).values()]
}

const idOf = (row: HandledRow): string => `${row.event_id}>${row.consumer}`

function consumeOf(
  row: HandledRow,
  of: { publish: Interaction; participant: string },
): Interaction {
  const { publish, participant } = of
  return {
    id: idOf(row),
    parent: row.event_id,
    flow: publish.flow,
    from: 'KafkaBus',
    to: participant,
    kind: 'consume',
    name: publish.name,
    at: row.handled_at,
    seq: 0,
    outcome: 'ok',
    attempt: row.attempt,
  }
}

/** Everything known of a flow. */
export interface Known {
  /** In their order. */
  readonly interactions: Interaction[]
  /** Who handled its events. */
  readonly handled: readonly HandledRow[]
  /** There is too much of it to be read and judged. */
  readonly isLarge: boolean
}

export const NOTHING: Known = { interactions: [], handled: [], isLarge: false }
const LARGE: Known = { ...NOTHING, isLarge: true }

/** By the inbox, and by what was kept of it with a final verdict: the inbox forgets after 31 days. */
async function handledOf(
  tx: Transaction,
  flows: readonly string[],
  by: { groups: ReadonlyMap<string, string>; events: readonly string[] },
): Promise<HandledRow[]> {
  const kept = (await tx.many(selectHandled(flows))).flatMap(({ handled }) => handled)
  const known = await tx.many(handledSql([...by.groups.keys()], by.events))
  const all = [...new Map([...kept, ...known].map((row) => [idOf(row), row])).values()]
  return all.filter(({ consumer }) => by.groups.has(consumer))
}

/** All of these flows. `groups` names the participant of each consumer group. What is too large to be judged is not read. */
export async function readFlows(
  tx: Transaction,
  flows: readonly string[],
  groups: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, Known>> {
  const large = (await tx.many(selectLarge(flows, INTERACTIONS_MAX))).map(({ flow }) => flow)
  const recorded = await recordedOf(
    tx,
    flows.filter((flow) => !large.includes(flow)),
  )
  const publishes = new Map(recorded.filter((i) => i.kind === 'publish').map((i) => [i.id, i]))
  const handled = await handledOf(tx, flows, { groups, events: [...publishes.keys()] })
  const consumes = handled.flatMap((row) => {
    const publish = publishes.get(row.event_id)
    const participant = groups.get(row.consumer) as string
    return publish === undefined ? [] : [{ row, i: consumeOf(row, { publish, participant }) }]
  })
  const rows = Map.groupBy(consumes, ({ i }) => i.flow)
  const all = [...recorded, ...consumes.map(({ i }) => i)].sort(
    (a, b) => a.at - b.at || a.seq - b.seq,
  )
  const read = [...Map.groupBy(all, ({ flow }) => flow)].map(
    ([flow, interactions]): [string, Known] => [
      flow,
      { interactions, handled: (rows.get(flow) ?? []).map(({ row }) => row), isLarge: false },
    ],
  )
  return new Map([...read, ...large.map((flow): [string, Known] => [flow, LARGE])])
}

/** One flow. */
export const readFlow = async (
  tx: Transaction,
  flow: string,
  groups: ReadonlyMap<string, string>,
): Promise<Known> => (await readFlows(tx, [flow], groups)).get(flow) ?? NOTHING

/** How much of what happened is on record. */
export interface Completeness {
  /** Whether the flow is recorded; of one that is not only what the log has is known. */
  isRecorded(flow: string): boolean
  /** Something that happened in this time may be missing, so that absence proves nothing. */
  hasLost(fromMs: number, toMs: number): boolean
}

export const complete: Completeness = { isRecorded: () => true, hasLost: () => false }

/** The clocks of two processes differ by less. */
const SKEW_MS = MINUTE

export interface Judgement {
  readonly verdict: Verdict
  /** Nothing more is expected to arrive. */
  readonly quiet: boolean
  /** From when that is so if nothing arrives, in milliseconds; infinite while the flow waits for somebody. */
  readonly quietAt: number
  readonly lossy: boolean
}

/** What is told of a run that is not held against its diagram, and why. */
export function unjudged(diagram: Diagram, text: string): Judgement {
  const nothing = { required: 0, seen: 0, matched: {}, extras: [], branches: {}, waiting: [] }
  return {
    verdict: {
      ...{ diagram: diagram.id, verdict: 'inconclusive', ...nothing, items: [] },
      deviations: [{ type: 'not_judged', text }],
    },
    ...{ quiet: true, quietAt: 0, lossy: true },
  }
}

export interface Standpoint {
  /** In milliseconds. */
  readonly now: number
  readonly completeness: Completeness
}

/** How a flow stands at an instant; undefined when its key has no diagram. */
export function judgeAt(
  flow: string,
  { interactions, isLarge }: Pick<Known, 'interactions' | 'isLarge'>,
  { now, completeness }: Standpoint,
): Judgement | undefined {
  const diagram = diagramOf(flow)
  if (diagram === undefined) return undefined
  if (!completeness.isRecorded(flow))
    return unjudged(diagram, 'It is not among the flows that are recorded (RECORDER_RATE).')
  if (isLarge || interactions.length > INTERACTIONS_MAX)
    return unjudged(diagram, `More than ${INTERACTIONS_MAX} interactions are recorded.`)
  const times = interactions.map(({ at }) => at)
  const first = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const last = times.reduce((a, b) => Math.max(a, b), 0)
  const lossy = completeness.hasLost(first - SKEW_MS, last + SKEW_MS)
  const reading = readRun(diagram, interactions)
  const quietAt = last + Math.max(QUIET_MS, reading.patienceMs())
  const quiet = now > quietAt
  return { verdict: reading.check({ quiet, lossy }), quiet, quietAt, lossy }
}

/** The verdict alone. */
export const judge = (...given: Parameters<typeof judgeAt>): Verdict | undefined =>
  judgeAt(...given)?.verdict
