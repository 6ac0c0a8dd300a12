// The whole platform in the test's own process, on a database of its own, with a clock that runs and can be moved ahead. Tests of
// a file share one; it is stopped by the file's `after`. What "at rest" means is asked of the platform's own books, never guessed.

import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { explain } from '@rialto/flows/checker/explain.ts'
import type { Verdict } from '@rialto/flows/checker/verdict.ts'
import { purchase } from '@rialto/flows/purchase.ts'
import { platformConfig } from '@rialto/kernel/config/platform.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { openLog } from '@rialto/kernel/observability/log.ts'
import type { Role } from '@rialto/kernel/pure/contract.ts'
import { DAY } from '@rialto/kernel/pure/time.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { type TestDatabase, testDatabase } from '@rialto/kernel/testing/database.ts'
import { complete, judge, readFlow } from '@rialto/server/observer/judge.ts'
import { observerMigrations } from '@rialto/server/observer/service.ts'
import { openPlatform, type Platform } from '@rialto/server/platform.ts'
import { services as allServices, groupsOf } from '@rialto/server/services.ts'
import { poll } from 'rialto/demo/buyer.ts'

/** A test shop's people all come from one address. */
const NO_LIMITS = {
  GATEWAY_REQUESTS_PER_ADDRESS: '1000000',
  GATEWAY_SIGN_INS_PER_ADDRESS: '1000000',
  GATEWAY_REQUESTS_PER_ACCOUNT: '1000000',
  ACCOUNTS_LOGINS_PER_ADDRESS: '1000000',
  ACCOUNTS_REGISTRATIONS_PER_ADDRESS: '1000000',
}
const REST_TIMEOUT_MS = 120_000
const IDLE_MS = 5_000
/** Longer than the time after which an ended flow is taken to be at rest, and what it waits for to be lost. */
const QUIET_MS = 30 * DAY

export interface WorldOptions {
  /** Instead of all of today's. */
  readonly services?: readonly Service[]
  readonly settings?: Readonly<Record<string, string>>
  /** Settings of the platform itself, such as where its Redis is. */
  readonly environment?: Readonly<Record<string, string>>
}

export interface World {
  readonly url: string
  readonly platform: Platform
  readonly db: TestDatabase
  /** Settings under which a command finds the same database and keys. */
  readonly environment: Readonly<Record<string, string>>
  /** Moves the platform's clock ahead; the database's own goes on as it does. */
  advance(ms: number): void
  /** Everything logged so far, one JSON line an event. */
  logged(): Promise<string[]>
  /** Resolves when nothing is left to do: all events handled, jobs run, notifications delivered, records handed over. */
  rest(): Promise<void>
  /** The verdict over an order as it stands at this moment, after `rest`. */
  verdict(orderId: string): Promise<Verdict>
  /** The verdict when nothing more will come. */
  finalVerdict(orderId: string): Promise<Verdict>
  /** An access token that the platform issues, without its bearer's having logged in. */
  token(userId: string, ...roles: PersonRole[]): Promise<string>
  stop(): Promise<void>
}

export type PersonRole = Exclude<Role, 'service'>

interface Work {
  readonly head: string
  readonly lag: number
  readonly jobs: number
  readonly mails: number
}

const WORK = `
  select (select coalesce(sum(off), 0)::text from (select max(off) as off from bus.log group by topic, part) h) as head,
         (select count(*)::int from bus.cursors c join bus.log l on l.topic = c.topic and l.part = c.part and l.off > c.cursor) as lag,
         (select count(*)::int from pgboss.job
           where state < 'completed' and start_after < clock_timestamp() + interval '6 s')
         + (select count(*)::int from payments.webhook_inbox
             where state = 'received' and next_at < clock_timestamp() + interval '11 s')
         + (select count(*)::int from payments.receipts
             where state = 'pending' and register_uuid is null and next_at < clock_timestamp() + interval '11 s') as jobs,
         (select count(*)::int from notifications.messages where state = 'queued') as mails`

type Rows = Pick<TestDatabase, 'pool'>

const workOf = async (db: Rows): Promise<Work> => (await db.pool.query(WORK)).rows[0] as Work

/** Two looks without a difference, with everything handed over between them. */
export async function restOf(platform: Platform, db: Rows): Promise<void> {
  let before: Work | undefined
  const isQuiet = async (): Promise<boolean> => {
    // What is to be sent again later does not come by itself here, so that this ends without it.
    await Promise.all([
      platform.sandbox?.control.idle(IDLE_MS),
      platform.register?.control.idle(IDLE_MS),
    ])
    await platform.flush()
    const now = await workOf(db)
    const same = before?.head === now.head && now.lag === 0 && now.jobs === 0 && now.mails === 0
    before = now
    return same
  }
  if (!(await poll(isQuiet, (quiet) => quiet, REST_TIMEOUT_MS)))
    throw new Error(`the platform does not come to rest: ${JSON.stringify(before)}`)
}

const noRecord = (orderId: string): never => {
  throw new Error(`nothing is recorded under ${orderId}`)
}

/** A log of its own in a file, read back whole. The file stays open: lines are written late, and must not meet a closed one. */
function openCapture(directory: string) {
  const file = join(directory, 'log')
  const descriptor = openSync(file, 'w')
  const log = openLog({ level: 'debug', destination: descriptor })
  const lines = (): string[] => readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return {
    log,
    async logged(): Promise<string[]> {
      const mark = randomUUID()
      log.info({ mark }, 'read up to here')
      return poll(
        () => Promise.resolve(lines()),
        (all) => all.some((line) => line.includes(mark)),
      )
    },
  }
}

/** Opens the platform with its demo shop. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const services = options.services ?? allServices
  const directory = mkdtempSync(join(tmpdir(), 'rialto-world-'))
  const db = await testDatabase(undefined, { services: [...services, observerMigrations] })
  const capture = openCapture(directory)
  const environment = {
    DATABASE_URL: db.url,
    MASTER_KEY: randomBytes(32).toString('base64'),
    DATA_DIR: directory,
    PORT: '0',
    ...options.environment,
  }
  let ahead = 0
  const platform = await openPlatform({
    config: platformConfig(environment),
    settings: { ...NO_LIMITS, ...options.settings },
    clock: { now: () => systemClock.now() + ahead },
    demo: true,
    log: capture.log,
    bus: { tickMs: 50, retryDelaysMs: [20, 40, 80] },
    services,
  })
  const verdictAt = async (orderId: string, laterMs: number): Promise<Verdict> => {
    await restOf(platform, db)
    const known = await inTransaction(db.pool, (tx) => readFlow(tx, orderId, groupsOf(services)))
    const now = systemClock.now() + ahead + laterMs
    return judge(orderId, known, { now, completeness: complete }) ?? noRecord(orderId)
  }
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    await platform.stop()
    await db.close()
    rmSync(directory, { recursive: true, force: true })
  }
  return {
    url: platform.url,
    platform,
    db,
    environment,
    advance(ms) {
      ahead += ms
    },
    logged: capture.logged,
    async token(sub, ...roles) {
      return (await platform.security.tokens.issueAccessToken({ sub, roles, sid: 'ses_test' }))
        .token
    },
    rest: () => restOf(platform, db),
    verdict: (orderId) => verdictAt(orderId, 0),
    finalVerdict: (orderId) => verdictAt(orderId, QUIET_MS),
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

/** What a failing assertion shows of a verdict. */
export const told = (verdict: Verdict): string => explain(purchase, verdict)

/** What the mails say that the items of 000 mean, by the item that shows each as sent. */
const MAILS = [
  ['P.31', 'order_confirmation'],
  ['P.38', 'fiscal_receipt_delivery'],
] as const

/**
 * The mails that a verdict shows were sent, and are the ones that the specification names. A run conforms as well when one could not be
 * delivered, and its record does not say what a mail is about.
 */
export async function assertMailed(world: World, orderId: string, { items }: Verdict) {
  const { rows } = await world.db.pool.query(
    `select template, state from notifications.messages where order_id = $1 and channel = 'email' order by template desc`,
    [orderId],
  )
  const wanted = MAILS.filter(([item]) => items.includes(item)).map(([, template]) => template)
  assert.deepEqual(
    rows.filter(({ template }) => MAILS.some(([, name]) => name === template)),
    wanted.map((template) => ({ template, state: 'sent' })),
  )
}
