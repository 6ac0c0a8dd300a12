// The register in a process of its own. Prints {"ready":true,"url":…} when it takes calls; SIGTERM and SIGINT end it. A killed
// one finds its books again where JOURNAL names the same file.

import { systemClock } from '@rialto/kernel/host/clock.ts'
import { openLog } from '@rialto/kernel/observability/log.ts'
import { type AtolOptions, openAtol } from './server.ts'

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name} must be a whole number`)
  return Number(text)
}

function optionsOf(env: Readonly<Record<string, string | undefined>>): AtolOptions {
  const processingMs = numberOf('PROCESSING_MS', env.PROCESSING_MS)
  return {
    clock: systemClock,
    log: openLog({ level: 'warn' }),
    login: env.LOGIN ?? 'sandbox',
    password: env.PASSWORD ?? 'sandbox',
    group: env.GROUP ?? 'sandbox_group',
    port: numberOf('PORT', env.PORT) ?? 0,
    ...(processingMs === undefined ? {} : { processingMs }),
    ...(env.SEED === undefined ? {} : { seed: env.SEED }),
    ...(env.JOURNAL === undefined ? {} : { journal: env.JOURNAL }),
    ...(env.CALLBACK_URL === undefined ? {} : { callbackUrl: env.CALLBACK_URL }),
  }
}

const sandbox = await openAtol(optionsOf(process.env))
process.stdout.write(`${JSON.stringify({ ready: true, url: sandbox.url })}\n`)
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void sandbox.close())
