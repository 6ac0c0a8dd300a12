#!/usr/bin/env node
// `npm start`: the whole platform with its demo shop. `--json` prints one line when it is ready, for programs.

import { flushCompileCache } from 'node:module'
import '@rialto/kernel/config/compile-cache.ts'

const { processEnvironment } = await import('@rialto/kernel/config/environment.ts')
const { startServer } = await import('./run.ts')

await startServer(processEnvironment(), process.argv.includes('--json'))
// Kept now and not at the end, which may be a kill.
flushCompileCache()
