// Collects interactions: those that processes recorded, and a publish for every event of the log that belongs to a flow.

import { createHash } from 'node:crypto'
import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import type { BatchHandler } from '@rialto/kernel/service/service.ts'
import { diagramOf } from './judge.ts'
import { insertParts, type Part, upsertFlows } from './store.ts'

/** Fields of event data that people may see in a diagram: ids, amounts and states, no personal data. */
const SHOWN =
  /^(.*_id|.*status|amount|total_amount|currency|reason|error|order_type|channel|kind|late|attempt_count)$/

/** Lists are shown as how many they are. */
const excerpt = (data: unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(data as object).flatMap(([name, value]) => {
      if (Array.isArray(value)) return [[name, value.length]]
      return SHOWN.test(name) && typeof value !== 'object' ? [[name, value]] : []
    }),
  )

/** The arrow that an event of the log is. */
export function publishOf(
  event: Envelope,
  participants: ReadonlyMap<string, string>,
): Interaction | undefined {
  const { flow, causation, seq } = event.headers
  if (flow === undefined) return undefined
  return {
    id: event.id,
    flow,
    ...(causation === undefined ? {} : { parent: causation }),
    from: participants.get(event.source) ?? event.source,
    to: 'KafkaBus',
    kind: 'publish',
    name: event.type,
    at: Date.parse(event.time),
    seq: seq ?? 0,
    outcome: 'ok',
    attempt: 1,
    payload: excerpt(event.data),
  }
}

const ownerOf = (event: Envelope): string | null => {
  const { user_id: id } = event.data as { user_id?: unknown }
  return typeof id === 'string' ? id : null
}

/** What arrived together, flow by flow and in one order, so that two lanes never wait for each other in a circle. */
function partsOf(found: readonly Interaction[]): Part[] {
  const byFlow = Map.groupBy(found, ({ flow }) => flow)
  return [...byFlow.keys()].sort().map((flow) => {
    const interactions = (byFlow.get(flow) ?? []).map(({ flow: _, ...rest }) => rest)
    const ids = interactions.map(({ id }) => id).sort()
    const part = createHash('sha1').update(ids.join()).digest('base64url')
    return { flow, part, interactions }
  })
}

/** The consumer group that writes the living record. */
export const collector = (participants: ReadonlyMap<string, string>): BatchHandler => ({
  group: 'observer',
  events: 'all',
  // The diagram may be a moment late. Without the wait each event was a transaction of its own here: 12 of an order's.
  lingerMs: 250,
  async act({ events, tx }) {
    const found: Interaction[] = []
    const flows = new Map<string, string | null>()
    for (const event of events) {
      if (event.type === InteractionsRecorded.type) {
        found.push(...(event.data as { interactions: Interaction[] }).interactions)
        continue
      }
      const publish = publishOf(event, participants)
      if (publish === undefined) continue
      found.push(publish)
      flows.set(publish.flow, flows.get(publish.flow) ?? ownerOf(event))
    }
    for (const { flow } of found) if (!flows.has(flow)) flows.set(flow, null)
    // Locks are taken in one order, so that two lanes with the same flows never wait for each other in a circle.
    const sorted = [...flows].sort(([a], [b]) => (a < b ? -1 : 1))
    if (sorted.length > 0)
      tx.write(
        upsertFlows(
          sorted.map(([flow, userId]) => ({ flow, userId, diagram: diagramOf(flow)?.id ?? null })),
        ),
      )
    if (found.length > 0) tx.write(insertParts(partsOf(found)))
  },
})
