// The platform as `npm start` runs it, with a back door on its standard input: a line `arm <faults>` sets failpoints that count
// from now on. Ends when its standard input does, so that it never outlives its parent.

import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { createInterface } from 'node:readline'
import { processEnvironment } from '@rialto/kernel/config/environment.ts'
import { armFaults } from '@rialto/kernel/testing/failpoint.ts'
import { startServer } from '@rialto/server/run.ts'

const orders = createInterface({ input: process.stdin })
orders.on('line', (line) => {
  const [, armed = ''] = line.split(' ')
  armFaults(armed)
  writeSync(1, `${JSON.stringify({ armed })}\n`)
})
orders.on('close', () => process.exit(4))

await startServer(processEnvironment(), true)
// The next one starts in half the time, which is most of what a kill costs.
flushCompileCache()
