// Collects interactions: those that processes recorded, and a publish for every event of the log that belongs to a flow.

import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import type { BatchHandler } from '@rialto/kernel/service/service.ts'
import type { Loan } from '@rialto/kernel/trace/recorder.ts'
import { writeRecord } from './record.ts'

/** Its service and its consumer group. */
export const OBSERVER = 'observer'

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

/** Takes along what the recorder of its own process has waiting, or nothing where there is none. */
type Lend = () => Loan | undefined

/** The consumer group that writes the living record. */
export const collector = (participants: ReadonlyMap<string, string>, lend: Lend): BatchHandler => ({
  group: OBSERVER,
  events: 'all',
  // The diagram may be a moment late. Without the wait each event was a transaction of its own here: 12 of an order's.
  lingerMs: 250,
  async act({ events, tx }) {
    const loan = lend()
    const found: Interaction[] = [...(loan?.interactions ?? [])]
    const owners = new Map<string, string>()
    for (const event of events) {
      if (event.type === InteractionsRecorded.type) {
        found.push(...(event.data as { interactions: Interaction[] }).interactions)
        continue
      }
      const publish = publishOf(event, participants)
      if (publish === undefined) continue
      found.push(publish)
      const owner = ownerOf(event)
      if (owner !== null && !owners.has(publish.flow)) owners.set(publish.flow, owner)
    }
    writeRecord(tx, found, owners)
    if (loan !== undefined) tx.onCommit(() => loan.kept())
  },
})
