// The platform taken apart, in surroundings that outlive each of its processes: a database whose commits wait for the disk, a
// provider, a register, a mailbox and, where it is asked for, a broker. The shop of the fault proofs stands for all of that, so their
// buyers and their judge do.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { migrate } from '@rialto/kernel/db/migrate.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { silentLog } from '@rialto/kernel/observability/log.ts'
import { startTestCluster } from '@rialto/kernel/testing/database.ts'
import { type Broker, kafkaJars, startKafka } from '@rialto/kernel/testing/kafka.ts'
import { openAtol } from '@rialto/sandbox/atol/server.ts'
import { openMailbox } from '@rialto/sandbox/mailbox/server.ts'
import { openYooKassa } from '@rialto/sandbox/yookassa/server.ts'
import { observerMigrations } from '@rialto/server/observer/service.ts'
import { services } from '@rialto/server/services.ts'
import { Fleet } from 'rialto/separate/fleet.ts'
import { APART, type Place } from 'rialto/separate/layout.ts'
import { Shop, type Surroundings } from '../faults/purchase/shop.ts'

export const full = process.env.PROOF === 'full'

const YOOKASSA = { shopId: '100500', secretKey: 'test_sandbox_only' }
const REGISTER = { login: 'sandbox', password: 'sandbox_only', group: 'sandbox_group' }
const REDELIVERY_DELAYS_MS = [200, 400, 800, 1_600]
const MAILS_KEPT = 100_000

/** Fewer processes for a run that shares its machine: what is called over a wire in `APART` is called over one here too. */
const CLOSER: readonly Place[] = [
  { services: ['accounts', 'catalog', 'inventory'], instances: 1 },
  { services: ['orders'], instances: 2 },
  { services: ['payments'], instances: 2 },
  {
    services: ['library', 'wallets', 'notifications', 'developers', 'analytics', 'audit'],
    instances: 1,
  },
  { services: ['gateway', 'observer'], instances: 1 },
]

/** Limits that a shop full of test buyers at one address would run into. */
const NO_LIMITS = Object.fromEntries(
  [
    ...['GATEWAY_REQUESTS_PER_ADDRESS', 'GATEWAY_SIGN_INS_PER_ADDRESS'],
    ...['GATEWAY_REQUESTS_PER_ACCOUNT', 'GATEWAY_WEBHOOKS_PER_ADDRESS'],
    ...['ACCOUNTS_LOGINS_PER_ADDRESS', 'ACCOUNTS_REGISTRATIONS_PER_ADDRESS'],
  ].map((name) => [name, '1000000']),
)

async function openSurroundings(): Promise<Surroundings> {
  const quick = { clock: systemClock, redeliveryDelaysMs: REDELIVERY_DELAYS_MS }
  return {
    cluster: await startTestCluster({ durable: true }),
    sandbox: await openYooKassa({ ...quick, ...YOOKASSA, notificationTimeoutMs: 3_000 }),
    register: await openAtol({ ...quick, ...REGISTER, callbackTimeoutMs: 3_000 }),
    mailbox: await openMailbox({ clock: systemClock, keptMax: MAILS_KEPT }),
    dataDir: mkdtempSync(join(tmpdir(), 'rialto-separate-')),
  }
}

const settingsOf = (
  { cluster, sandbox, register, mailbox, dataDir }: Surroundings,
  masterKey: string,
): Record<string, string> => ({
  ...NO_LIMITS,
  PATH: process.env.PATH ?? '',
  LOG_LEVEL: 'warn',
  DATABASE_URL: cluster.url,
  MASTER_KEY: masterKey,
  DATA_DIR: dataDir,
  YOOKASSA_URL: sandbox.url,
  YOOKASSA_SHOP_ID: YOOKASSA.shopId,
  YOOKASSA_SECRET_KEY: YOOKASSA.secretKey,
  ATOL_URL: register.url,
  ATOL_LOGIN: REGISTER.login,
  ATOL_PASSWORD: REGISTER.password,
  ATOL_GROUP: REGISTER.group,
  COMPANY_EMAIL: 'receipts@rialto.example',
  COMPANY_INN: '0000000000',
  COMPANY_SITE: 'https://rialto.example',
  SMTP_URL: mailbox.smtpUrl,
})

export interface Separate {
  readonly shop: Shop
  readonly fleet: Fleet
  readonly masterKey: string
  /** Absent on the log. */
  readonly broker: Broker | undefined
}

export type Bus = 'log' | 'kafka'

/** A broker on this machine, which `needs` has found. */
export function openBroker(): Promise<Broker> {
  const jars = kafkaJars()
  if (jars === undefined) throw new Error('there is no Kafka here; run tools/real/kafka.sh')
  return startKafka(jars)
}

/** Settings under which a platform finds it. */
export const busSettings = (broker: Broker | undefined): Record<string, string> =>
  broker === undefined ? { BUS: 'log' } : { BUS: 'kafka', KAFKA_BROKERS: broker.address }

/** Everything of it goes with the test. */
export async function openSeparate(
  t: Pick<TestContext, 'after'>,
  bus: Bus = 'log',
  settings: Readonly<Record<string, string>> = {},
): Promise<Separate> {
  const surroundings = await openSurroundings()
  const { cluster, sandbox, register, mailbox, dataDir } = surroundings
  const shop = new Shop(surroundings)
  let fleet: Fleet | undefined
  let broker: Broker | undefined
  t.after(async () => {
    await fleet?.cut()
    await broker?.stop()
    await Promise.all([sandbox.close(), register.close(), mailbox.close()])
    await shop.pool.end()
    await cluster.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  // Beforehand: a dozen processes that start at once would stand in a queue for it.
  await migrate({
    url: cluster.url,
    services: [...services, observerMigrations],
    log: silentLog,
  })
  const masterKey = randomBytes(32).toString('base64')
  if (bus === 'kafka') broker = await openBroker()
  fleet = await Fleet.open({
    layout: full ? APART : CLOSER,
    settings: { ...settingsOf(surroundings, masterKey), ...busSettings(broker), ...settings },
  })
  shop.url = fleet.url
  sandbox.control.setNotificationUrl(`${fleet.url}/webhooks/yookassa`)
  register.control.setCallbackUrl(`${fleet.url}/webhooks/atol`)
  return { shop, fleet, masterKey, broker }
}
