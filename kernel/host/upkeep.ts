// What the machinery itself must have done now and then, in one process of all.

import type pg from 'pg'
import { inTransaction } from '../db/transaction.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { purgeKeys } from '../service/idempotency.ts'
import { job } from '../service/service.ts'

/** Payments are repeated for days by careful clients; beyond that a key may be new again. */
const KEY_HOURS = 72

const purge = job<undefined>({
  name: 'kernel.purge-keys',
  everySeconds: 3_600,
  run: async () => undefined,
})

/** Starts the machinery's own scheduled work. */
export const startUpkeep = (jobs: Jobs, pool: pg.Pool): Promise<void> =>
  jobs.work([purge], async () => {
    await inTransaction(pool, (tx) => purgeKeys(tx, KEY_HOURS))
  })
