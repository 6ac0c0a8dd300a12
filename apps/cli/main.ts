#!/usr/bin/env node
// `npx rialto <command>`. One word a thing, `--json` everywhere; what the exit status says stands below the usage.

import '@rialto/kernel/config/compile-cache.ts'
import { BadSettings } from '@rialto/kernel/config/settings.ts'
import { WrongMasterKey } from '@rialto/kernel/crypto/master-key.ts'
import { type Command, Failed, print, UsageError } from './command.ts'

/** By name. Each is loaded when it is called: a look at the log must not wait until the whole platform's code is read. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  sandbox: async () => (await import('./commands/sandbox.ts')).sandbox,
  keys: async () => (await import('./commands/keys.ts')).keys,
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand,
  demo: async () => (await import('./commands/demo.ts')).demo,
  flows: async () => (await import('./commands/flows.ts')).flows,
  events: async () => (await import('./commands/events.ts')).events,
  'dead-letters': async () => (await import('./commands/dead-letters.ts')).deadLetters,
  ledger: async () => (await import('./commands/ledger.ts')).ledger,
  bench: async () => (await import('./commands/bench.ts')).bench,
}

async function usage(): Promise<string> {
  const all = await Promise.all(Object.values(COMMANDS).map((load) => load()))
  const lines = all.map((command) => `  ${command.usage.padEnd(78)} ${command.summary}`)
  const head = 'rialto <command> [options]   (every command takes --json and --help)'
  const status =
    'Ends with status 0 when what was asked for is so, 1 when it is not or could not be done, 2 when words or settings do not fit.'
  return [head, '', ...lines, '', status, ''].join('\n')
}

const helpOf = ({ help, usage, summary }: Command): string =>
  help ?? `rialto ${usage}\n\n${summary}\n`

const isToldInWords = (error: unknown): error is Error =>
  error instanceof Failed || error instanceof WrongMasterKey

const isHelp = (word: string): boolean => word === '--help' || word === '-h'

const [name, ...rest] = process.argv.slice(2)
const load = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name ?? ''] : undefined
if (load === undefined) {
  if (name === undefined || name === 'help' || isHelp(name)) print(await usage())
  else {
    process.stderr.write(`rialto: there is no command "${name}".\n\n${await usage()}`)
    process.exitCode = 2
  }
} else {
  const command = await load()
  try {
    if (rest.some(isHelp)) print(helpOf(command))
    else process.exitCode = (await command.run(rest)) ? 0 : 1
  } catch (error) {
    const isMisused = error instanceof UsageError || error instanceof BadSettings
    if (!isMisused && !isToldInWords(error)) throw error
    const usage = isMisused ? `  ${command.usage}\n` : ''
    process.stderr.write(`rialto ${command.name}: ${error.message}\n${usage}`)
    process.exitCode = isMisused ? 2 : 1
  }
  // Left to itself, Node 26 was seen to spin at its end instead of ending. What was printed is out: such writes do not wait.
  if (command.stays === undefined || process.exitCode !== 0) process.exit()
}
