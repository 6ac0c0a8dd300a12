// A lease by the reader's own clock, without an epoch: whoever finds it still valid handles an event, and nothing asks again at
// COMMIT. A reader that was frozen in between commits beside its successor.

import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import type { Design, ReaderStart } from '../design.ts'
import { appendPlain, GROUP, handleRows, loop, PLAIN_LOG, rowsAfter } from './cursor-loop.ts'

async function takeLease(start: ReaderStart): Promise<number | undefined> {
  const now = systemClock.now()
  const until = now + start.leaseMs
  const { rowCount } = await start.pool.query(
    'update plain.lease set owner = $1, until = $2 where owner = $1 or until < $3',
    [start.worker, until, now],
  )
  return rowCount === 1 ? until : undefined
}

/** Handles what it finds, one transaction an event, as long as the lease seems to last. */
async function work(start: ReaderStart): Promise<void> {
  const until = await takeLease(start)
  if (until === undefined) return
  const { rows } = await start.pool.query('select seq from plain.cursor')
  const first = rows[0] as { seq: bigint }
  const { text, values } = rowsAfter(first.seq)
  const found = await start.pool.query(text, [...values])
  for (const row of found.rows) {
    if (systemClock.now() >= until) return
    await inTransaction(start.pool, (tx) => handleRows(tx, start, [row]))
  }
}

export const clockLease: Design = {
  name: 'clock-lease',
  groups: [GROUP],
  plant: `${PLAIN_LOG}
    create table plain.lease (owner text not null, until bigint not null);
    insert into plain.lease values ('', 0);`,
  openWriter: async () => appendPlain,
  openReader: async (start) => loop(() => work(start)),
}
