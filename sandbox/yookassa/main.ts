// The sandbox in a process of its own. Prints {"ready":true,"url":…} when it takes calls; SIGTERM and SIGINT end it.
// A killed one finds its books again where JOURNAL names the same file.

import { systemClock } from '@rialto/kernel/host/clock.ts'
import { openLog } from '@rialto/kernel/observability/log.ts'
import { openYooKassa, type YooKassaOptions } from './server.ts'

function optionsOf(env: Readonly<Record<string, string | undefined>>): YooKassaOptions {
  const port = env.PORT ?? '0'
  if (!/^\d{1,5}$/.test(port)) throw new Error('PORT must be a number')
  const delays = env.REDELIVERY_DELAYS_MS?.split(',').map(Number)
  if (delays?.some((ms) => !(ms >= 0)) === true)
    throw new Error('REDELIVERY_DELAYS_MS must be milliseconds separated by commas')
  return {
    clock: systemClock,
    log: openLog({ level: 'warn' }),
    shopId: env.SHOP_ID ?? '100500',
    secretKey: env.SECRET_KEY ?? 'test_secret',
    port: Number(port),
    ...(env.SEED === undefined ? {} : { seed: env.SEED }),
    ...(env.JOURNAL === undefined ? {} : { journal: env.JOURNAL }),
    ...(env.NOTIFICATION_URL === undefined ? {} : { notificationUrl: env.NOTIFICATION_URL }),
    ...(delays === undefined ? {} : { redeliveryDelaysMs: delays }),
  }
}

const sandbox = await openYooKassa(optionsOf(process.env))
process.stdout.write(`${JSON.stringify({ ready: true, url: sandbox.url })}\n`)
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void sandbox.close())
