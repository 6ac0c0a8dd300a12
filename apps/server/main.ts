#!/usr/bin/env node
// `npm start`: the whole platform with its demo shop. `--json` prints one line when it is ready, for programs.

import { processEnvironment } from '@rialto/kernel/config/environment.ts'
import { startServer } from './run.ts'

await startServer(processEnvironment(), process.argv.includes('--json'))
