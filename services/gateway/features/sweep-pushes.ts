// Forgets what was pushed more than a day ago, a batch a transaction: whoever stayed away longer is told of a gap. And sessions
// that ended so long ago that their tokens have ended too.

import { DAY } from '@rialto/kernel/pure/time.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import { deleteEndedSessions, deletePushes } from '../store.ts'
import { REMEMBERED_MS } from './ended-sessions.ts'

const KEPT_MS = DAY
const BATCH = 5_000
const BATCHES_MAX = 200

async function run({ unit, now }: JobRun<undefined>): Promise<void> {
  await unit((tx) => tx.run(deleteEndedSessions(now - 2 * REMEMBERED_MS)))
  for (let batch = 0; batch < BATCHES_MAX; batch++)
    if ((await unit((tx) => tx.run(deletePushes(now - KEPT_MS, BATCH)))) < BATCH) return
}

export const sweepPushes = job<undefined>({ name: 'gateway.sweep-pushes', everySeconds: 300, run })
