// A worker in a process of its own, for the tests that kill it: works on `work.hang`, says so, and never ends the run.
// `node worker.fixture.ts <database url> <now|queue>`: with `now` it also enqueues one itself, in its own commit.

import { openPool } from '../db/pool.ts'
import { inTransaction } from '../db/transaction.ts'
import { silentLog } from '../observability/log.ts'
import { job } from '../service/service.ts'
import { testIds } from '../testing/ids.ts'
import { openJobs } from './jobs.ts'

const [url = '', mode] = process.argv.slice(2)
const hang = job<{ n: number }>({ name: 'work.hang', run: async () => undefined })
const jobs = await openJobs({
  url,
  env: { ids: testIds(process.pid % 4000), log: silentLog },
  instance: `${process.pid}`,
})
await jobs.work([hang], async () => {
  process.stdout.write('started\n')
  await new Promise(() => undefined)
})
if (mode === 'now') {
  const pool = openPool({ url, applicationName: 'worker' })
  await inTransaction(pool, (tx) => jobs.now(tx, hang, { n: 1 }))
}
process.stdout.write('ready\n')
// Should the parent be gone, so are we.
process.stdin.on('close', () => process.exit(1)).resume()
