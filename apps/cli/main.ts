#!/usr/bin/env node
// `npx rialto <command>`. One word a thing, `--json` everywhere; exit status 0 means that what was asked for is so.

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
  return [head, '', ...lines, ''].join('\n')
}

const helpOf = ({ help, usage, summary }: Command): string =>
  help ?? `rialto ${usage}\n\n${summary}\n`

const isToldInWords = (error: unknown): error is Error =>
  error instanceof Failed || error instanceof WrongMasterKey

const [name, ...rest] = process.argv.slice(2)
const load = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name ?? ''] : undefined
if (load === undefined) {
  const asked = name === undefined || name === 'help' || name === '--help'
  const fault = asked ? '' : `rialto: there is no command "${name}".\n\n`
  process.stderr.write(`${fault}${await usage()}`)
  process.exitCode = asked ? 0 : 2
} else {
  const command = await load()
  try {
    if (rest.includes('--help')) print(helpOf(command))
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
