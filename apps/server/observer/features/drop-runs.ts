// Forgets runs that were judged long ago, as long after as events stay in the log. One that something came for again is kept for as long
// from then on. What has no final verdict, such as what came for a run after it was forgotten, goes after twice the time.

import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { ObserverParts } from '../service.ts'
import { deleteRuns } from '../store.ts'

/** Some 1,500 rows with their JSON. */
const BATCH = 500
const BATCHES_MAX = 100

async function run({ unit, parts, now }: JobRun<undefined, ObserverParts>): Promise<void> {
  const { retentionMs } = parts
  const before = { judgedMs: now - retentionMs, anyMs: now - 2 * retentionMs }
  for (let batch = 0; batch < BATCHES_MAX; batch++)
    if ((await unit((tx) => tx.run(deleteRuns(before, BATCH)))) < BATCH) return
}

export const dropRuns = job<undefined, ObserverParts>({
  name: 'observer.drop-runs',
  everySeconds: 600,
  run,
})
