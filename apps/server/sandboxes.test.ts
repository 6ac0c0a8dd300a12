import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { platformConfig } from '@rialto/kernel/config/platform.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { type Logger, silentLog } from '@rialto/kernel/observability/log.ts'
import { openSandboxes } from './sandboxes.ts'

const PROVIDER = {
  ...{ YOOKASSA_URL: 'http://p.test', YOOKASSA_SHOP_ID: '1', YOOKASSA_SECRET_KEY: 'k' },
}
const REGISTER = {
  ...{ ATOL_URL: 'http://a.test', ATOL_LOGIN: 'l', ATOL_PASSWORD: 'p', ATOL_GROUP: 'g' },
}
const POST = { SMTP_URL: 'smtp://m.test' }
const DATABASE = { DATABASE_URL: 'postgres://db/x', MASTER_KEY: 'x' }

/** The settings that a warning at the start names. */
async function warnedOf(t: TestContext, env: Record<string, string>): Promise<string[]> {
  const named: string[] = []
  const warn = (_fields: object, words: string) => void named.push(words.split(' ')[0] ?? '')
  const log: Logger = { ...silentLog, warn: warn as Logger['warn'] }
  const config = platformConfig(env)
  const opened = await openSandboxes({ config, clock: systemClock, log, journal: undefined })
  t.after(() => opened.close())
  return named
}

test('sandboxes – a trial – plays all of it without a word; beside anything real each played part is warned of', async (t) => {
  const all = ['YOOKASSA_URL', 'ATOL_URL', 'SMTP_URL']
  assert.deepEqual(await warnedOf(t, {}), [])
  assert.deepEqual(await warnedOf(t, DATABASE), all)
  assert.deepEqual(await warnedOf(t, { DEMO_DATA: 'false' }), all)
  assert.deepEqual(await warnedOf(t, POST), ['YOOKASSA_URL', 'ATOL_URL'])
  assert.deepEqual(await warnedOf(t, REGISTER), ['YOOKASSA_URL', 'SMTP_URL'])
  assert.deepEqual(await warnedOf(t, PROVIDER), ['ATOL_URL', 'SMTP_URL'])
  assert.deepEqual(await warnedOf(t, { ...PROVIDER, DEMO_DATA: 'true' }), ['ATOL_URL', 'SMTP_URL'])
  assert.deepEqual(await warnedOf(t, { ...DATABASE, ...PROVIDER, ...REGISTER, ...POST }), [])
})
