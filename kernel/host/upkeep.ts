// What the machinery itself must have done now and then, in one process of all.

import type pg from 'pg'
import { purgeInboxSql } from '../bus/store.ts'
import { inTransaction, type Transaction } from '../db/transaction.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { purgeKeys } from '../service/idempotency.ts'
import { job } from '../service/service.ts'

/** Payments are repeated for days by careful clients; beyond that a key may be new again. */
const KEY_HOURS = 72
/** Of one transaction, and transactions of one run: what 800 requests with a key a second leave in an hour. */
const PURGE = { batch: 10_000, batches: 300 } as const

type Bounds = Readonly<Record<keyof typeof PURGE, number>>

const hourly = (name: string) =>
  job<undefined>({ name, everySeconds: 3_600, run: async () => undefined })

/** Deletes in batches; what one run leaves is the next one's. */
async function inBatches(
  pool: pg.Pool,
  { batch, batches }: Bounds,
  purge: (tx: Transaction) => Promise<number>,
): Promise<void> {
  for (let left = batches; left > 0; left--) if ((await inTransaction(pool, purge)) < batch) return
}

/** Forgets answers that nobody asks for any more. */
export const purgeOldKeys = (pool: pg.Pool, bounds: Bounds = PURGE): Promise<void> =>
  inBatches(pool, bounds, (tx) => purgeKeys(tx, KEY_HOURS, bounds.batch))

/** Forgets what the default partition of the inbox has of events that are not sent again. */
export const purgeOldInbox = (pool: pg.Pool, bounds: Bounds = PURGE): Promise<void> =>
  inBatches(pool, bounds, async (tx) => Number((await tx.one(purgeInboxSql(bounds.batch))).gone))

/** Starts the machinery's own scheduled work. */
export async function startUpkeep(jobs: Jobs, pool: pg.Pool): Promise<void> {
  await jobs.work([hourly('kernel.purge-keys')], () => purgeOldKeys(pool))
  await jobs.work([hourly('kernel.purge-inbox')], () => purgeOldInbox(pool))
}
