import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processEnvironment } from '@rialto/kernel/config/environment.ts'
import { platformConfig } from '@rialto/kernel/config/platform.ts'
import { openPlatform } from '@rialto/server/platform.ts'
import { type Command, jsonLine, print, readWords, UsageError } from '../command.ts'
import { type DemoResult, demoPurchase } from '../demo/purchase.ts'

const DEMOS: Readonly<Record<string, (url: string) => Promise<DemoResult>>> = {
  purchase: demoPurchase,
}

/** Runs on the platform at RIALTO_URL, or on one of its own with a throw-away database that is gone afterwards. */
async function onPlatform<T>(work: (url: string) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rialto-demo-'))
  const config = platformConfig({
    LOG_LEVEL: 'warn',
    ...processEnvironment(),
    PORT: '0',
    DATA_DIR: dataDir,
  })
  try {
    if (config.url !== undefined) return await work(config.url)
    const platform = await openPlatform({ config, scratch: true, demo: true })
    try {
      return await work(platform.url)
    } finally {
      await platform.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function tell(result: DemoResult): void {
  print(
    `${result.flow} ${result.id}: ${result.verdict}, ${result.seen} of ${result.required} required messages seen\n`,
  )
  for (const [name, ms] of Object.entries(result.ms))
    print(`  ${String(ms).padStart(6)} ms  ${name}\n`)
  for (const deviation of result.deviations)
    print(`  deviates: ${(deviation as { text: string }).text}\n`)
  print(`  The record: npx rialto flows check ${result.id}\n`)
}

export const demo: Command = {
  name: 'demo',
  usage: 'demo purchase [--json]',
  summary: 'plays a flow from end to end and judges it by its diagram',
  async run(words) {
    const { values, words: rest } = readWords(words)
    const play = DEMOS[rest[0] ?? '']
    if (play === undefined || rest.length !== 1)
      throw new UsageError(`name one of: ${Object.keys(DEMOS).join(', ')}`)
    const result = await onPlatform(play)
    if (values.json === true) print(jsonLine(result))
    else tell(result)
    return result.verdict === 'conforms'
  },
}
