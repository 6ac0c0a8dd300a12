// What the machinery itself must have done now and then, in one process of all.

import type pg from 'pg'
import { inTransaction } from '../db/transaction.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { purgeKeys } from '../service/idempotency.ts'
import { job } from '../service/service.ts'

/** Payments are repeated for days by careful clients; beyond that a key may be new again. */
const KEY_HOURS = 72
/** Of one transaction, and transactions of one run: what 800 requests with a key a second leave in an hour. */
const PURGE = { batch: 10_000, batches: 300 } as const

const purge = job<undefined>({
  name: 'kernel.purge-keys',
  everySeconds: 3_600,
  run: async () => undefined,
})

/** Forgets answers that nobody asks for any more, in batches; what one run leaves is the next one's. */
export async function purgeOldKeys(
  pool: pg.Pool,
  { batch, batches }: { batch: number; batches: number } = PURGE,
): Promise<void> {
  for (let left = batches; left > 0; left--) {
    const gone = await inTransaction(pool, (tx) => purgeKeys(tx, KEY_HOURS, batch))
    if (gone < batch) return
  }
}

/** Starts the machinery's own scheduled work. */
export const startUpkeep = (jobs: Jobs, pool: pg.Pool): Promise<void> =>
  jobs.work([purge], () => purgeOldKeys(pool))
