import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { inBatches } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../../config.ts'
import { type Entry, entryOf } from '../../domain/entry.ts'

/** Nobody waits for an entry: a second of events is one statement, which is most of what one costs here. */
const LINGER_MS = 1_000

/** One of each: an event that was published again while nobody knew of its success may stand in one batch twice. */
const entriesOf = (events: readonly Envelope[]): Entry[] => [
  ...new Map(events.map((event) => [event.id, entryOf(event)])).values(),
]

/**
 * Writes to a store of its own before the transaction, which then only says that it was done: the store may be another database,
 * and is written anew when the transaction fails.
 */
export const everything = inBatches<{}, Parts>({
  group: 'audit',
  events: 'all',
  // What processes said to each other on the way: nobody's act, and most of what is on the bus.
  without: [InteractionsRecorded.topic],
  lingerMs: LINGER_MS,
  before: ({ events, parts }) => parts.trail.keep(entriesOf(events)),
  act: async () => undefined,
})
