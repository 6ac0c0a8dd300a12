// A shop under attack: a PostgreSQL of its own whose commits wait for the disk, a provider, a fiscal register and a mailbox that
// outlive every crash because they run here, and the platform in a process that is killed and started again on the same database, keys and
// neighbours.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openPool } from '@rialto/kernel/db/pool.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { startTestCluster, type TestCluster } from '@rialto/kernel/testing/database.ts'
import { type Atol, openAtol } from '@rialto/sandbox/atol/server.ts'
import { type Mailbox, openMailbox } from '@rialto/sandbox/mailbox/server.ts'
import { openYooKassa, type YooKassa } from '@rialto/sandbox/yookassa/server.ts'
import { type Death, PlatformProcess } from './process.ts'

const SHOP = { shopId: '100500', secretKey: 'test_sandbox_only' }
const REGISTER = { login: 'sandbox', password: 'sandbox_only', group: 'sandbox_group' }
const COMPANY = {
  COMPANY_EMAIL: 'receipts@rialto.example',
  COMPANY_INN: '0000000000',
  COMPANY_SITE: 'https://rialto.example',
}
/** All mails of a proof: the judge counts them. */
const MAILS_KEPT = 100_000
/** Quick enough for a test to see what YooKassa does within minutes. */
const REDELIVERY_DELAYS_MS = [200, 400, 800, 1_600]
const POLL_MS = 25
/** The judge reads everything that a proof has written. */
const JUDGING_MS = 120_000

export type Pool = ReturnType<typeof openPool>

/** Limits that a shop full of test buyers at one address would run into. */
const NO_LIMITS = {
  GATEWAY_REQUESTS_PER_ADDRESS: '1000000',
  GATEWAY_SIGN_INS_PER_ADDRESS: '1000000',
  GATEWAY_WEBHOOKS_PER_ADDRESS: '1000000',
  GATEWAY_REQUESTS_PER_ACCOUNT: '1000000',
  ACCOUNTS_LOGINS_PER_ADDRESS: '1000000',
  ACCOUNTS_REGISTRATIONS_PER_ADDRESS: '1000000',
}

/** Asks until the answer is there; throws what was waited for when the time is over. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 180_000,
): Promise<T> {
  const limit = performance.now() + timeoutMs
  for (;;) {
    const value = await ask()
    if (value !== undefined && value !== false) return value
    if (performance.now() > limit) throw new Error(`after ${timeoutMs} ms still not: ${what}`)
    await pause(POLL_MS)
  }
}

export interface Start {
  /** Failpoints from its first instant on. */
  readonly fault?: string
  readonly settings?: Readonly<Record<string, string>>
}

/** Everything around the platform that a kill of it leaves as it is. */
export interface Surroundings {
  readonly cluster: TestCluster
  readonly sandbox: YooKassa
  readonly register: Atol
  readonly mailbox: Mailbox
  readonly dataDir: string
}

export class Shop implements Surroundings {
  readonly cluster: TestCluster
  readonly sandbox: YooKassa
  readonly register: Atol
  readonly mailbox: Mailbox
  readonly dataDir: string
  /** As superuser. */
  readonly pool: Pool
  /** Of the platform that runs; undefined while none does. */
  url: string | undefined
  /** Lives so far. */
  starts = 0
  /** Starts of the platform and of its database; whoever waits may hope anew after each. */
  disturbances = 0
  /** Lives that ended by SIGKILL. */
  kills = 0
  #process: PlatformProcess | undefined
  readonly #env: Record<string, string>

  constructor({ cluster, sandbox, register, mailbox, dataDir }: Surroundings) {
    this.cluster = cluster
    this.sandbox = sandbox
    this.register = register
    this.mailbox = mailbox
    this.dataDir = dataDir
    this.pool = openPool({
      url: cluster.url,
      applicationName: 'rialto-proof',
      max: 4,
      statementTimeoutMs: JUDGING_MS,
    })
    this.#env = {
      ...NO_LIMITS,
      PORT: '0',
      DATABASE_URL: cluster.url,
      MASTER_KEY: randomBytes(32).toString('base64'),
      DATA_DIR: dataDir,
      YOOKASSA_URL: sandbox.url,
      YOOKASSA_SHOP_ID: SHOP.shopId,
      YOOKASSA_SECRET_KEY: SHOP.secretKey,
      ATOL_URL: register.url,
      ATOL_LOGIN: REGISTER.login,
      ATOL_PASSWORD: REGISTER.password,
      ATOL_GROUP: REGISTER.group,
      ...COMPANY,
      SMTP_URL: mailbox.smtpUrl,
      // The provider is played, which the platform cannot know.
      DEMO_DATA: 'true',
    }
  }

  get platform(): PlatformProcess {
    if (this.#process === undefined) throw new Error('the platform does not run')
    return this.#process
  }

  /** Starts the platform; answers how it died when it did so before it was ready. */
  async start({ fault = '', settings = {} }: Start = {}): Promise<Death | undefined> {
    if (this.#process !== undefined) throw new Error('the platform runs already')
    const life = new PlatformProcess({ ...this.#env, ...settings, FAULT: fault })
    this.#process = life
    this.starts += 1
    this.disturbances += 1
    void life.death.then(({ signal }) => {
      this.url = undefined
      this.#process = undefined
      if (signal === 'SIGKILL') this.kills += 1
    })
    const url = await life.ready
    if (url === undefined) return life.death
    this.url = url
    this.sandbox.control.setNotificationUrl(`${url}/webhooks/yookassa`)
    this.register.control.setCallbackUrl(`${url}/webhooks/atol`)
    return undefined
  }

  /** Starts the platform, which must come up. */
  async open(start: Start = {}): Promise<void> {
    const death = await this.start(start)
    if (death !== undefined)
      throw new Error(`the platform did not start (${death.code ?? death.signal}):\n${death.words}`)
  }

  /** Brings the database back, whether it was stopped, killed or is running. */
  async restartDatabase(): Promise<void> {
    await this.cluster.restart()
    this.disturbances += 1
  }

  /** Ends what runs, by SIGTERM; throws when it does not end in order. */
  async stop(): Promise<void> {
    const life = this.platform
    life.signal('SIGTERM')
    const { code, signal, words } = await life.death
    if (code !== 0) throw new Error(`the platform ended with ${code ?? signal}:\n${words}`)
  }

  /** Ends what runs at once. */
  async cut(): Promise<void> {
    this.#process?.signal('SIGKILL')
    await this.#process?.death
  }
}

/** An empty shop; the platform is not started yet. Everything goes with the test. */
export async function openShop(t: Pick<TestContext, 'after'>): Promise<Shop> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rialto-proof-'))
  const cluster = await startTestCluster({ durable: true })
  const sandbox = await openYooKassa({
    ...{ clock: systemClock, ...SHOP, redeliveryDelaysMs: REDELIVERY_DELAYS_MS },
    notificationTimeoutMs: 3_000,
  })
  const register = await openAtol({
    ...{ clock: systemClock, ...REGISTER, redeliveryDelaysMs: REDELIVERY_DELAYS_MS },
    callbackTimeoutMs: 3_000,
  })
  const mailbox = await openMailbox({ clock: systemClock, keptMax: MAILS_KEPT })
  const shop = new Shop({ cluster, sandbox, register, mailbox, dataDir })
  t.after(async () => {
    await shop.cut()
    await Promise.all([sandbox.close(), register.close(), mailbox.close()])
    await shop.pool.end()
    await cluster.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return shop
}
