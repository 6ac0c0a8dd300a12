#!/usr/bin/env node

// `npm start`: the whole platform with its demo shop. `--json` prints one line when it is ready, for programs.

import { processEnvironment } from '@rialto/kernel/config/environment.ts'
import { platformConfig } from '@rialto/kernel/config/platform.ts'
import { runServer } from './run.ts'

await runServer({
  config: platformConfig(processEnvironment()),
  json: process.argv.includes('--json'),
})
