// What the logs that are not ours have in common: one table with a plain sequence, one cursor row, and a loop that takes events
// after the cursor in a transaction. The row is locked while it does, so these fail by their order and not by their readers.

import { setTimeout as pause } from 'node:timers/promises'
import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import { inTransaction, type Transaction } from '@rialto/kernel/db/transaction.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import type { Append, Reader, ReaderStart } from '../design.ts'

const POLL_MS = 3
export const GROUP = 'records'

export const PLAIN_LOG = `
  create schema plain;
  create table plain.log (
    seq   bigint primary key generated always as identity,
    xid   xid8 not null default pg_current_xact_id(),
    event jsonb not null
  );
  create index on plain.log (xid, seq);
  create table plain.cursor (seq bigint not null, xid xid8 not null);
  insert into plain.cursor values (0, '0');`

export const appendPlain: Append = (event) => [
  sql`insert into plain.log (event) values (${JSON.stringify(event)}::jsonb)`,
]

export interface Row {
  readonly seq: bigint
  readonly xid: string
  readonly event: Envelope
}

/** Handles these rows in order and moves the cursor to the last. */
export async function handleRows(
  tx: Transaction,
  start: ReaderStart,
  rows: readonly Row[],
): Promise<void> {
  const last = rows.at(-1)
  if (last === undefined) return
  for (const { event } of rows) await start.handle(tx, { group: GROUP, event, alone: true })
  tx.write(sql`update plain.cursor set seq = ${last.seq}, xid = ${last.xid}::xid8`)
}

export const rowsAfter = (seq: bigint): Sql<Row> =>
  sql`select seq, xid::text as xid, event from plain.log where seq > ${seq} order by seq limit 100`

/** Runs one step after the other until stopped. One that fails runs again. */
export function loop(step: () => Promise<void>): Reader {
  let stopped = false
  const running = (async () => {
    while (!stopped) {
      await step().catch(() => undefined)
      await pause(POLL_MS)
    }
  })()
  return {
    stop: () => {
      stopped = true
      return running
    },
  }
}

/** Steps that each are one transaction holding the cursor's lock. */
export const lockedLoop = (
  start: ReaderStart,
  step: (tx: Transaction, cursor: { seq: bigint; xid: string }) => Promise<void>,
): Reader =>
  loop(() =>
    inTransaction(start.pool, async (tx) => {
      const cursor = await tx.one(
        sql<{
          seq: bigint
          xid: string
        }>`select seq, xid::text as xid from plain.cursor for update`,
      )
      await step(tx, cursor)
    }),
  )
