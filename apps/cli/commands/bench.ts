import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Command, readWords, UsageError } from '../command.ts'

export const bench: Command = {
  name: 'bench',
  usage: 'bench bus|kafka|ledger|purchase|lists|diagram|sql [--quick]',
  summary: 'measures, as ratios to a reference of the same run',
  async run(words) {
    const { values, words: rest } = readWords(words, {
      options: { quick: { type: 'boolean' } },
      words: 1,
    })
    const main = new URL(`../../../bench/${rest[0] ?? ''}/main.ts`, import.meta.url)
    if (!/^[a-z]+$/.test(rest[0] ?? '') || !existsSync(main)) throw new UsageError('name a bench')
    const flags = ['quick', 'json']
      .filter((flag) => values[flag] === true)
      .map((flag) => `--${flag}`)
    // A process of its own, so that nothing else warms up or disturbs what is measured.
    const program = fileURLToPath(main)
    const child = spawn(process.execPath, [program, ...flags], { stdio: 'inherit' })
    const [code] = (await once(child, 'exit')) as [number | null]
    return code === 0
  },
}
