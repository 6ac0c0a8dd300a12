// A shop under attack: a PostgreSQL of its own whose commits wait for the disk, a provider that outlives every crash because it
// runs here, and the platform in a process that is killed and started again on the same database, keys and provider.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openPool } from '@rialto/kernel/db/pool.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { startTestCluster, type TestCluster } from '@rialto/kernel/testing/database.ts'
import { openYooKassa, type YooKassa } from '@rialto/sandbox/yookassa/server.ts'
import { type Death, PlatformProcess } from './process.ts'

const SHOP = { shopId: '100500', secretKey: 'test_sandbox_only' }
/** Quick enough for a test to see what YooKassa does within minutes. */
const REDELIVERY_DELAYS_MS = [200, 400, 800, 1_600]
const POLL_MS = 25

export type Pool = ReturnType<typeof openPool>

/** Limits that a shop full of test buyers at one address would run into. */
const NO_LIMITS = {
  GATEWAY_REQUESTS_PER_ADDRESS: '1000000',
  GATEWAY_SIGN_INS_PER_ADDRESS: '1000000',
  GATEWAY_REQUESTS_PER_ACCOUNT: '1000000',
  ACCOUNTS_LOGINS_PER_ADDRESS: '1000000',
  ACCOUNTS_REGISTRATIONS_PER_ADDRESS: '1000000',
}

/** Asks until the answer is there; throws what was waited for when the time is over. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
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

export class Shop {
  readonly cluster: TestCluster
  readonly sandbox: YooKassa
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

  constructor(parts: { cluster: TestCluster; sandbox: YooKassa; dataDir: string; url: string }) {
    this.cluster = parts.cluster
    this.sandbox = parts.sandbox
    this.pool = openPool({
      url: parts.url,
      applicationName: 'rialto-proof',
      max: 4,
      statementTimeoutMs: 20_000,
    })
    this.#env = {
      ...NO_LIMITS,
      PORT: '0',
      DATABASE_URL: parts.url,
      MASTER_KEY: randomBytes(32).toString('base64'),
      DATA_DIR: parts.dataDir,
      YOOKASSA_URL: this.sandbox.url,
      YOOKASSA_SHOP_ID: SHOP.shopId,
      YOOKASSA_SECRET_KEY: SHOP.secretKey,
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
  const shop = new Shop({ cluster, sandbox, dataDir, url: cluster.url })
  t.after(async () => {
    await shop.cut()
    await sandbox.close()
    await shop.pool.end()
    await cluster.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return shop
}
