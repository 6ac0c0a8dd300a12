import { listAuditEntries as route } from '@rialto/contracts/audit/http.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { pageOf } from '@rialto/kernel/service/cursor.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import type { Entry } from '../domain/entry.ts'
import { findEntries, questionOf } from './find-entries.ts'

const DEFAULT_LIMIT = 50

const viewOf = (entry: Entry) => ({
  entry_id: entry.entryId,
  at: isoInstant(entry.at),
  type: entry.type,
  source: entry.source,
  actor: { kind: entry.actorKind, id: entry.actorId },
  subject: entry.subject,
  ...(entry.orderId === null ? {} : { order_id: entry.orderId }),
  ...(entry.userId === null ? {} : { user_id: entry.userId }),
  ...(entry.flow === null ? {} : { flow: entry.flow }),
  correlation: entry.correlation,
  ...(entry.cause === null ? {} : { cause: entry.cause }),
  details: entry.details,
})

export const listEntries = query<typeof route, {}, Parts>(route, async ({ input, parts }) => {
  const { limit = DEFAULT_LIMIT } = input.query
  const found = await findEntries(parts.trail, questionOf(input.query, limit + 1))
  const { shown, next } = pageOf(found, limit, (row) => [row.at, row.entryId])
  return reply(200, { items: shown.map(viewOf), ...next })
})
