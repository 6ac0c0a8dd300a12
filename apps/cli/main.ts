#!/usr/bin/env node
// `npx rialto <command>`. One word a thing, `--json` everywhere; exit status 0 means that what was asked for is so.

import { BadSettings } from '@rialto/kernel/config/settings.ts'
import { type Command, UsageError } from './command.ts'
import { bench } from './commands/bench.ts'
import { deadLetters } from './commands/dead-letters.ts'
import { demo } from './commands/demo.ts'
import { events } from './commands/events.ts'
import { flows } from './commands/flows.ts'
import { ledger } from './commands/ledger.ts'
import { migrateCommand } from './commands/migrate.ts'
import { serve } from './commands/serve.ts'

const COMMANDS: readonly Command[] = [
  serve,
  migrateCommand,
  demo,
  flows,
  events,
  deadLetters,
  ledger,
  bench,
]

const usage = (): string =>
  [
    'rialto <command> [options]   (every command takes --json)',
    '',
    ...COMMANDS.map((c) => `  ${c.usage.padEnd(58)} ${c.summary}`),
    '',
  ].join('\n')

const [name, ...rest] = process.argv.slice(2)
const command = COMMANDS.find((c) => c.name === name)
if (command === undefined) {
  const asked = name === undefined || name === 'help' || name === '--help'
  process.stderr.write(asked ? usage() : `rialto: there is no command "${name}".\n\n${usage()}`)
  process.exitCode = asked ? 0 : 2
} else {
  try {
    process.exitCode = (await command.run(rest)) ? 0 : 1
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof BadSettings)) throw error
    process.stderr.write(`rialto ${command.name}: ${error.message}\n  ${command.usage}\n`)
    process.exitCode = 2
  }
}
