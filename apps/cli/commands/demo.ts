import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processEnvironment } from '@rialto/kernel/config/environment.ts'
import { platformConfig } from '@rialto/kernel/config/platform.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { openPlatform } from '@rialto/server/platform.ts'
import { type Command, Failed, jsonLine, print, readWords, textOf, UsageError } from '../command.ts'
import { type Choice, demoPurchase, METHODS, OUTCOMES } from '../demo/purchase.ts'
import type { Stage } from '../demo/stage.ts'
import type { DemoResult } from '../demo/verdict.ts'
import { BUSES, withBus } from '../demo/with-bus.ts'
import { onFleet } from '../separate/on-fleet.ts'

type Environment = Readonly<Record<string, string | undefined>>

const DEMOS: Readonly<Record<string, (stage: Stage, choice: Choice) => Promise<DemoResult>>> = {
  purchase: demoPurchase,
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

/** Codes of a network, of TLS and of its certificates; not Node's other `ERR_…`, which are faults of ours. */
const DEAD = /^(?!ERR_(?!TLS_|SSL_))[A-Z][A-Z0-9_]+$/

/** A platform that does not answer, or stops doing so, is one sentence, whatever the socket called it. */
async function atAnother<T>(url: string, work: (stage: Stage) => Promise<T>): Promise<T> {
  try {
    return await work({ url, now: () => systemClock.now(), say })
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: string }
    const isDead = typeof code === 'string' && DEAD.test(code)
    if (!isDead && !(error instanceof SyntaxError)) throw error
    const why = isDead ? code : `it does not speak our API: ${message}`
    throw new Failed(
      `no platform answers at RIALTO_URL=${url} (${why}). Start one there with npm start, or leave RIALTO_URL out.`,
    )
  }
}

/** On a platform of its own, with a clock that can be moved and a database that is gone afterwards. */
async function onOwn<T>(
  { separate, environment }: { separate: boolean; environment: Environment },
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rialto-demo-'))
  const config = platformConfig({
    LOG_LEVEL: 'error',
    ...environment,
    PORT: '0',
    DATA_DIR: dataDir,
  })
  try {
    if (separate) {
      say('starting every service as a process of its own …')
      const real = (url: string) => work({ url, now: () => systemClock.now(), say })
      return await onFleet({ config, environment }, real)
    }
    let aheadMs = 0
    const now = (): number => systemClock.now() + aheadMs
    const advance = (ms: number): void => {
      aheadMs += ms
    }
    say('starting a platform of its own …')
    const platform = await openPlatform({ config, scratch: true, demo: true, clock: { now } })
    try {
      return await work({ url: platform.url, now, advance, say })
    } finally {
      await platform.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** The platform at RIALTO_URL, whose bus is its own affair. */
const urlOf = (environment: Environment): string | undefined =>
  platformConfig({ ...environment, BUS: 'log' }).url

function tell(result: DemoResult): void {
  const { flow, method, outcome, id, verdict, seen, required } = result
  print(
    `${flow} ${id} (${method}, ${outcome}): ${verdict}, ${seen} of ${required} required messages seen\n`,
  )
  const taken = Object.entries(result.branches).map(([name, branch]) => `${name}: ${branch}`)
  print(`  ${taken.join(', ')}\n`)
  for (const [name, ms] of Object.entries(result.ms))
    print(`  ${String(ms).padStart(6)} ms  ${name}\n`)
  for (const deviation of result.deviations) print(`  deviates: ${deviation.text}\n`)
  for (const stray of result.stray) print(`  another branch: ${stray}\n`)
}

function chosen<T extends string>(name: string, all: readonly T[], word: string | undefined): T {
  const found = all.find((one) => one === (word ?? all[0]))
  if (found === undefined) throw new UsageError(`--${name} takes one of: ${all.join(', ')}`)
  return found
}

export const demo: Command = {
  name: 'demo',
  usage:
    'demo purchase [--method card|sbp|saved] [--outcome ok|decline|timeout] [--separate] [--bus kafka]',
  summary: 'plays a flow from end to end and judges it by its diagram',
  async run(words) {
    const options = {
      method: { type: 'string' },
      outcome: { type: 'string' },
      separate: { type: 'boolean' },
      bus: { type: 'string' },
    } as const
    const { values, words: rest } = readWords(words, { options, words: 1 })
    const play = DEMOS[rest[0] ?? '']
    if (play === undefined) throw new UsageError(`name one of: ${Object.keys(DEMOS).join(', ')}`)
    const choice: Choice = {
      method: chosen('method', METHODS, textOf(values.method)),
      outcome: chosen('outcome', OUTCOMES, textOf(values.outcome)),
    }
    const separate = values.separate === true
    const bus = values.bus === undefined ? undefined : chosen('bus', BUSES, textOf(values.bus))
    const environment = processEnvironment()
    const other = urlOf(environment)
    if (other !== undefined && (separate || bus !== undefined))
      throw new UsageError(
        `--separate and --bus make a platform of the demo’s own; RIALTO_URL=${other} names another`,
      )
    const playing = (stage: Stage) => play(stage, choice)
    const result =
      other === undefined
        ? await withBus(bus, environment, (on) => onOwn({ separate, environment: on }, playing))
        : await atAnother(other, playing)
    if (values.json === true) print(jsonLine(result))
    else tell(result)
    return result.verdict === 'conforms' && result.stray.length === 0
  },
}
