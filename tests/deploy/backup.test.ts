// docs/runbooks/backup.md, done: a platform at work is dumped, its server is lost with everything after the dump, another server
// is filled from the dump, and the platform goes on there. The provider, outside, goes on all the while.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { platformConfig } from '@rialto/kernel/config/platform.ts'
import { openPool } from '@rialto/kernel/db/pool.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { openPlatform, type Platform } from '@rialto/server/platform.ts'
import { callApi, expectStatus, payAtSandbox, poll } from 'rialto/demo/buyer.ts'
import { launchOutside } from 'rialto/separate/outside.ts'
import { judgeDeliveries, judgeEffects } from '../faults/purchase/judge/deliveries.ts'
import { broken, type Rows } from '../faults/purchase/judge/rows.ts'
import { UNFINISHED } from '../faults/purchase/judge/unfinished.ts'
import { restOf } from '../flows/harness.ts'
import { library, type Ordered, order, pay, startPaying } from '../flows/shopper.ts'
import { rialto } from '../start/program.ts'
import { type Postgres, startPostgres } from './postgres.ts'

type Settings = Readonly<Record<string, string>>

/** What is left to do at the end, the last begun first: a platform ends before the server that it stands on. */
type Undo = (() => Promise<unknown>)[]

/** The platform on this server; stopped by the test's end at the latest. */
async function platformOn(undo: Undo, { url }: Postgres, common: Settings): Promise<Platform> {
  const settings = { ...common, DATABASE_URL: url, PORT: '0', LOG_LEVEL: 'error' }
  const bus = { tickMs: 50, retryDelaysMs: [20, 40, 80] }
  const platform = await openPlatform({
    config: platformConfig(settings),
    settings,
    demo: true,
    bus,
  })
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= platform.stop()
    return stopped
  }
  undo.push(stop)
  return { ...platform, stop }
}

const me = async (url: string, { buyer }: Ordered): Promise<string> =>
  (
    await expectStatus(
      200,
      callApi<{ email: string }>(url, 'GET /users/me', { token: buyer.token }),
    )
  ).email

/** The words of the runbook. */
function backUp(server: Postgres, folder: string): { roles: string; dump: string } {
  const roles = server.run('pg_dumpall', ['--roles-only', '--no-role-passwords'])
  const dump = join(folder, 'rialto.dump')
  server.run('pg_dump', ['--format=custom', `--file=${dump}`, 'rialto'])
  return { roles, dump }
}

function restore(server: Postgres, { roles, dump }: { roles: string; dump: string }): void {
  // Whoever restores exists already; every other role is new here.
  const others = roles.replaceAll(/^(CREATE|ALTER) ROLE rialto( WITH.*)?;$/gm, '')
  server.run('psql', ['--quiet', '-v', 'ON_ERROR_STOP=1', 'rialto'], others)
  server.run('pg_restore', ['--exit-on-error', '--dbname=rialto', dump])
}

const UNHEARD = `select count(*)::int as n from bus.log l join bus.cursors c
  on c.topic = l.topic and c.part = l.part and c.cursor < l.off where l.type = 'payment.completed'`

const PAID_AS_RECORDED = `select from observer.interactions where flow = $1 and name = 'payment:completed'`

interface Sold {
  /** Delivered before the dump. */
  readonly done: Ordered
  /** Paid when it was made, and heard of by nobody. */
  readonly inFlight: Ordered
  readonly backup: ReturnType<typeof backUp>
  /** Made after the dump. */
  readonly lost: Ordered
}

/** Sells, is dumped while a payment is on its way, sells on. */
async function sell(platform: Platform, server: Postgres, folder: string): Promise<Sold> {
  const { url, host } = platform
  const done = await order(url)
  await pay(url, done)
  await poll(
    async () => (await library(url, done)).length,
    (count) => count === 1,
  )
  const inFlight = await order(url)
  const page = await startPaying(url, inFlight)
  await host.stopConsuming()
  await payAtSandbox(page, 'ok')
  const pool = openPool({ url: server.url, applicationName: 'rialto-test' })
  const unheardOf = async () => (await pool.query(UNHEARD)).rows[0] as { n: number }
  const { n } = await poll(unheardOf, (row) => row.n > 0)
  assert.ok(n > 0, 'the dump has an event that nobody has handled')
  // Calls and steps are written a moment later than they are made; those of this moment would be missing in the drawing.
  const recorded = async () => {
    await platform.flush()
    return (await pool.query(PAID_AS_RECORDED, [inFlight.orderId])).rows.length
  }
  assert.ok((await poll(recorded, (steps) => steps > 0)) > 0, 'the payment is in the record')
  await pool.end()
  return { done, inFlight, backup: backUp(server, folder), lost: await order(url) }
}

/** What the runbook has checked, and what it need not: effects once, nothing owed. */
async function check(settings: Settings, rows: Rows, orders: readonly Ordered[]): Promise<void> {
  const ledger = await rialto(['ledger', 'verify'], settings)
  assert.equal(ledger.code, 0, ledger.out + ledger.err)
  for (const { orderId } of orders) {
    const flow = () => rialto(['flows', 'check', orderId, '--json'], settings)
    const { code, out } = await poll(flow, (ended) => ended.code === 0)
    assert.equal(code, 0, out)
  }
  const { found, owed, handled } = await judgeDeliveries(rows)
  assert.deepEqual([found, await judgeEffects(rows), await broken(rows, UNFINISHED)], [[], [], []])
  assert.ok(owed > 50 && handled >= owed, `${handled} of ${owed}`)
}

test('backup – dumped at work, restored on another server – goes on, owes nobody, repeats nothing', async (t) => {
  const initdb = needs(t, 'postgresql')
  if (initdb === undefined) return
  const undo: Undo = []
  t.after(async () => {
    for (const step of undo.reverse()) await step()
  })
  const folder = mkdtempSync(join(tmpdir(), 'rialto-backup-'))
  undo.push(async () => rmSync(folder, { recursive: true, force: true }))
  const outside = await launchOutside(folder)
  undo.push(() => outside.close())
  const common = {
    ...outside.settings,
    ...{ DATA_DIR: folder, MASTER_KEY: randomBytes(32).toString('base64') },
  }
  const first = await startPostgres(dirname(initdb))
  undo.push(() => first.destroy())
  const before = await platformOn(undo, first, common)
  await outside.connect(before.url)
  const { done, inFlight, lost, backup } = await sell(before, first, folder)
  await before.stop()
  await first.destroy()

  const second = await startPostgres(dirname(initdb))
  undo.push(() => second.destroy())
  restore(second, backup)
  const after = await platformOn(undo, second, common)
  await outside.connect(after.url)
  const restored = openPool({ url: second.url, applicationName: 'rialto-test' })
  undo.push(() => restored.end())
  await restOf(after, { pool: restored })

  // Its tokens, encrypted fields and orders are there; what came after the dump is not.
  assert.equal(await me(after.url, done), done.buyer.email)
  for (const bought of [done, inFlight])
    assert.deepEqual(await library(after.url, bought), [bought.orderId])
  await assert.rejects(me(after.url, lost), /401|404/)
  const next = await order(after.url)
  await pay(after.url, next)
  await restOf(after, { pool: restored })
  assert.deepEqual(await library(after.url, next), [next.orderId])

  await check({ ...common, DATABASE_URL: second.url }, restored, [done, inFlight, next])
  const plain = second.run('pg_restore', ['--file=-', backup.dump])
  assert.ok(plain.includes(done.orderId), 'what is no secret is found in it')
  assert.ok(!plain.includes(done.buyer.email) && !plain.includes(common.MASTER_KEY))
})
