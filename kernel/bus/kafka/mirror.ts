// Dead letters as records of `<topic>.dlq`, for tools of the Kafka world. The list itself stays in PostgreSQL, where operators
// send again and discard; the copy is made at least once for each death.

import type { MessageToProduce } from '@platformatic/kafka'
import type pg from 'pg'
import { openQuery } from '../../db/query.ts'
import { recordOf } from '../record.ts'
import { deadTopicName, type KafkaSettings } from './client.ts'
import { type DeadRow, mirroredSql, unmirroredSql } from './store.ts'
import { deadToWire } from './wire.ts'

const messageOf = (row: DeadRow, settings: KafkaSettings): MessageToProduce => ({
  topic: deadTopicName(settings, row.name),
  partition: row.part,
  ...deadToWire(recordOf(row, row.name).event, {
    rialto_group: row.grp,
    rialto_attempts: row.attempts,
    rialto_error_code: row.error_code,
    rialto_error: row.error,
    rialto_dead_at: row.died,
  }),
})

/** Copies what died since the last look. */
export async function mirrorDeadLetters(
  pool: pg.Pool,
  to: {
    readonly groups: readonly string[]
    readonly settings: KafkaSettings
    readonly send: (messages: MessageToProduce[]) => Promise<void>
  },
): Promise<void> {
  const rows = await openQuery(pool, unmirroredSql(to.groups))
  if (rows.length === 0) return
  await to.send(rows.map((row) => messageOf(row, to.settings)))
  await openQuery(pool, mirroredSql(rows))
}
