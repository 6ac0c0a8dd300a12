// One process of a fleet: `rialto serve` as it is configured, which ends when its standard input does, so that it never outlives
// the one who started it.

import { flushCompileCache } from 'node:module'
import { processEnvironment } from '@rialto/kernel/config/environment.ts'
import { startServer } from '@rialto/server/run.ts'

process.stdin.on('close', () => process.exit(4))
process.stdin.resume()

await startServer(processEnvironment(), true)
// Kept now and not at the end: the next process of the fleet, and of a rolling restart, starts in half the time.
flushCompileCache()
