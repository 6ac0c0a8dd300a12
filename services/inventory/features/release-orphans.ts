// Holds whose order never came to be: placement failed between the hold and its own commit.

import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import { lockReservations, selectOrphans } from '../store.ts'
import { settleReservations } from './settle-reservations.ts'

const AFTER_MS = 15 * MINUTE
const BATCH = 100

async function run({ unit, now }: JobRun<undefined>): Promise<void> {
  const orphans = await unit((tx) => tx.many(selectOrphans(now - AFTER_MS, BATCH)))
  for (const { order_id: orderId } of orphans)
    await unit(async (tx) => {
      await settleReservations(tx, await tx.many(lockReservations([orderId])), 'released')
    })
}

export const releaseOrphans = job<undefined>({
  name: 'inventory.release-orphans',
  everySeconds: 60,
  run,
})
