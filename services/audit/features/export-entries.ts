import { exportAuditEntries } from '@rialto/contracts/audit/http.ts'
import { csvOf } from '@rialto/kernel/documents/csv.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { findEntries, questionOf } from './find-entries.ts'

const ROWS_MAX = 20_000

const COLUMNS = [
  ...['at', 'type', 'source', 'actor_kind', 'actor_id', 'subject', 'order_id', 'user_id', 'flow'],
  ...['correlation', 'cause', 'details', 'entry_id'],
]

export const exportEntries = query<typeof exportAuditEntries, {}, Parts>(
  exportAuditEntries,
  async ({ input, parts }) => {
    const found = await findEntries(parts.trail, questionOf(input.query, ROWS_MAX))
    return reply(
      200,
      csvOf(
        COLUMNS,
        found.map((e) => [
          ...[isoInstant(e.at), e.type, e.source, e.actorKind, e.actorId, e.subject],
          ...[e.orderId, e.userId, e.flow, e.correlation, e.cause],
          ...[JSON.stringify(e.details), e.entryId],
        ]),
      ),
    )
  },
)
