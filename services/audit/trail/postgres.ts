// The trail in the service's own schema, for whoever has no MongoDB.

import { openQuery } from '@rialto/kernel/db/query.ts'
import type { BuildInput } from '@rialto/kernel/service/service.ts'
import { type EntryRow, selectEntries, upsertEntries } from '../store.ts'
import type { Trail } from './trail.ts'

const entryOf = (row: EntryRow) => ({
  entryId: row.entry_id,
  at: row.at,
  type: row.type,
  source: row.source,
  actorKind: row.actor_kind,
  actorId: row.actor_id,
  subject: row.subject,
  orderId: row.order_id,
  userId: row.user_id,
  flow: row.flow,
  correlation: row.correlation,
  cause: row.cause,
  details: row.details,
})

export const postgresTrail = (pool: BuildInput['pool']): Trail => ({
  async keep(entries) {
    await openQuery(pool, upsertEntries(entries))
  },
  async find(question) {
    return (await openQuery(pool, selectEntries(question))).map(entryOf)
  },
  close: async () => undefined,
})
