// Puts a flow's record together and has it judged by the diagram that its key belongs to.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { readRun } from '@rialto/flows/checker/check.ts'
import type { Verdict } from '@rialto/flows/checker/verdict.ts'
import type { Diagram } from '@rialto/flows/language.ts'
import { purchase } from '@rialto/flows/purchase.ts'
import { type HandledRow, handledSql } from '@rialto/kernel/bus/replay.ts'
import type { Transaction } from '@rialto/kernel/db/transaction.ts'
import { selectHandled, selectParts } from './store.ts'

/** An ended flow in which nothing has happened for so long is taken to be at rest. */
const QUIET_MS = 2_000

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
}

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

/** All of these flows. `groups` names the participant of each consumer group. */
export async function readFlows(
  tx: Transaction,
  flows: readonly string[],
  groups: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, Known>> {
  const recorded = await recordedOf(tx, flows)
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
  return new Map(
    [...Map.groupBy(all, ({ flow }) => flow)].map(([flow, interactions]) => [
      flow,
      { interactions, handled: (rows.get(flow) ?? []).map(({ row }) => row) },
    ]),
  )
}

/** All interactions of one flow, in their order. */
export const readFlow = async (
  tx: Transaction,
  flow: string,
  groups: ReadonlyMap<string, string>,
): Promise<Interaction[]> => (await readFlows(tx, [flow], groups)).get(flow)?.interactions ?? []

export interface Judgement {
  readonly verdict: Verdict
  /** Nothing more is expected to arrive. */
  readonly quiet: boolean
  /** From when that is so if nothing arrives, in milliseconds; infinite while the flow waits for somebody. */
  readonly quietAt: number
}

/** How a flow stands at an instant (milliseconds); undefined when its key has no diagram. */
export function judgeAt(
  flow: string,
  run: { interactions: readonly Interaction[]; now: number; lossy: boolean },
): Judgement | undefined {
  const diagram = diagramOf(flow)
  if (diagram === undefined) return undefined
  const last = run.interactions.reduce((max, i) => Math.max(max, i.at), 0)
  const reading = readRun(diagram, run.interactions)
  const quietAt = last + Math.max(QUIET_MS, reading.patienceMs())
  const quiet = run.now > quietAt
  return { verdict: reading.check({ quiet, lossy: run.lossy }), quiet, quietAt }
}

/** The verdict alone. */
export const judge = (
  flow: string,
  run: { interactions: readonly Interaction[]; now: number; lossy: boolean },
): Verdict | undefined => judgeAt(flow, run)?.verdict
