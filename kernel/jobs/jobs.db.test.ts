import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inTransaction, type Transaction } from '../db/transaction.ts'
import { silentLog } from '../observability/log.ts'
import { Broken, Retryable, Terminal, Unavailable } from '../pure/failure.ts'
import { job } from '../service/service.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { testIds } from '../testing/ids.ts'
import { type Jobs, openJobs, type RunJob } from './jobs.ts'

let series = 0
async function open(t: TestContext, db: TestDatabase): Promise<Jobs> {
  series += 1
  const env = { ids: testIds(series), log: silentLog }
  const jobs = await openJobs({ url: db.url, env, instance: `test-${series}` })
  t.after(() => jobs.stop({ timeoutMs: 1_000 }))
  return jobs
}

/** A place where runs report; `at(n)` resolves with the n-th report. */
function reports<T>() {
  const seen: T[] = []
  const waiting: { n: number; resolve: (value: T) => void }[] = []
  return {
    seen,
    add(value: T): void {
      seen.push(value)
      for (const w of waiting) if (seen.length === w.n) w.resolve(value)
    },
    at(n: number): Promise<T> {
      const value = seen[n - 1]
      return value === undefined
        ? new Promise((resolve) => waiting.push({ n, resolve }))
        : Promise.resolve(value)
    },
  }
}

/** Resolves once the condition holds; the suite's time-out bounds it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50))
}

const rowsOf = async (db: TestDatabase, name: string): Promise<number> => {
  const { rows } = await db.pool.query(
    `select count(*)::int as n from pgboss.job where name = $1 and state < 'completed'`,
    [name],
  )
  return rows[0].n
}

const greet = job<{ n: number }>({ name: 'test.greet', run: async () => undefined })

describe('jobs', { concurrency: true, timeout: 180_000 }, () => {
  test('enqueue – transaction of a service rolled back – no job; committed – run with its data', async (t) => {
    const db = await testDatabase(t, { services: [{ name: 'orders' }] })
    const jobs = await open(t, db)
    const ran = reports<unknown>()
    await jobs.work([greet], async (_job, data) => ran.add(data))
    const pool = db.poolFor('orders')
    const failing = inTransaction(pool, async (tx) => {
      await jobs.enqueue(tx, greet, { n: 1 })
      await jobs.now(tx, greet, { n: 2 })
      throw new Error('no')
    })
    await assert.rejects(failing, /^Error: no$/)
    assert.equal(await rowsOf(db, 'test.greet'), 0)
    await inTransaction(pool, (tx) => jobs.enqueue(tx, greet, { n: 3 }))
    assert.deepEqual(await ran.at(1), { n: 3 })
    await until(async () => (await rowsOf(db, 'test.greet')) === 0)
    assert.equal(ran.seen.length, 1)
  })

  test('enqueue – same key twice while one waits, later start – one job, not before its time', async (t) => {
    const db = await testDatabase(t)
    const jobs = await open(t, db)
    const ran = reports<number>()
    await jobs.work([greet], async () => ran.add(performance.now()))
    const begun = performance.now()
    for (const n of [1, 2])
      await inTransaction(db.pool, (tx) =>
        jobs.enqueue(tx, greet, { n }, { key: 'k', startAfterSeconds: 1 }),
      )
    assert.equal(await rowsOf(db, 'test.greet'), 1)
    assert.ok((await ran.at(1)) - begun >= 1_000)
  })

  test('now – committed – run in this process at once, and its row is gone', async (t) => {
    const db = await testDatabase(t, { services: [{ name: 'orders' }] })
    const jobs = await open(t, db)
    const ran = reports<string>()
    const pool = db.poolFor('orders')
    const run: RunJob = async (_job, _data, running) => {
      const { rows } = await db.pool.query(`select state from pgboss.job where name = 'test.greet'`)
      ran.add(String(rows[0]?.state))
      await inTransaction(pool, async (tx) => {
        await tx.many({ text: 'select 1', values: [], name: '' })
        running.done(tx)
      })
    }
    await jobs.work([greet], run)
    await inTransaction(pool, (tx) => jobs.now(tx, greet, { n: 1 }))
    // Whoever takes it from the queue makes it active.
    assert.equal(await ran.at(1), 'created')
    await until(async () => (await rowsOf(db, 'test.greet')) === 0)
    assert.equal(ran.seen.length, 1)
  })

  test('now – the run takes longer than its lease – no second run beside it', async (t) => {
    const db = await testDatabase(t)
    const [first, second] = [await open(t, db), await open(t, db)]
    const ran = reports<string>()
    const run: RunJob = async () => {
      ran.add('begun')
      await new Promise((resolve) => setTimeout(resolve, 7_000))
      ran.add('ended')
    }
    await first.work([greet], run)
    await second.work([greet], run)
    await inTransaction(db.pool, (tx) => first.now(tx, greet, { n: 1 }))
    await ran.at(2)
    assert.deepEqual(ran.seen, ['begun', 'ended'])
    await until(async () => (await rowsOf(db, 'test.greet')) === 0)
  })

  test('soon – rolled back, committed, called while it runs – not run; run; once more for all calls', async (t) => {
    const db = await testDatabase(t)
    const jobs = await open(t, db)
    // Its ticks lie so far apart that none falls into the test.
    const sweep = job<undefined>({
      name: 'test.sweep',
      everySeconds: 1e6,
      run: async () => undefined,
    })
    const ran = reports<string>()
    const gates: (() => void)[] = []
    await jobs.work([sweep], async () => {
      ran.add('begun')
      await new Promise<void>((resolve) => gates.push(resolve))
    })
    await ran.at(1).then(() => gates[0]!())
    const failing = inTransaction(db.pool, async (tx) => {
      jobs.soon(tx, sweep)
      throw new Error('no')
    })
    await assert.rejects(failing, /^Error: no$/)
    assert.equal(ran.seen.length, 1)
    const call = () => inTransaction(db.pool, async (tx) => jobs.soon(tx, sweep))
    await call()
    assert.equal(ran.seen.length, 2)
    for (let n = 0; n < 3; n++) await call()
    assert.equal(ran.seen.length, 2)
    gates[1]!()
    await ran.at(3)
    gates[2]!()
    await jobs.stop()
    assert.equal(ran.seen.length, 3)
  })

  test('after – rolled back, nothing to do, committed, failing – not run, not run, run with its data and no row, left to its sweep', async (t) => {
    const db = await testDatabase(t)
    const jobs = await open(t, db)
    const claimed = job<{ n: number }>({
      name: 'test.claimed',
      isClaimed: true,
      run: async () => undefined,
    })
    const ran = reports<unknown>()
    await jobs.work([claimed], async (_job, data) => {
      ran.add(data)
      if ((data as { n: number }).n === 1) throw new Error('no')
    })
    const failing = inTransaction(db.pool, async (tx) => {
      jobs.after(tx, claimed, () => ({ n: 0 }))
      throw new Error('no')
    })
    await assert.rejects(failing, /^Error: no$/)
    await inTransaction(db.pool, async (tx) => jobs.after(tx, claimed, () => undefined))
    for (const n of [1, 2])
      await inTransaction(db.pool, async (tx) => jobs.after(tx, claimed, () => ({ n })))
    assert.deepEqual(ran.seen, [{ n: 1 }, { n: 2 }])
    const queues = `select (select count(*)::int from pgboss.queue where name = 'test.claimed') as queues,
      (select count(*)::int from pgboss.job where name = 'test.claimed') as jobs`
    assert.deepEqual((await db.pool.query(queues)).rows, [{ queues: 0, jobs: 0 }])
  })

  test('after – more at once than there is room for, then stop – the rest not begun, those begun waited for', async (t) => {
    const db = await testDatabase(t)
    const jobs = await open(t, db)
    const claimed = job<number>({
      name: 'test.claimed',
      isClaimed: true,
      run: async () => undefined,
    })
    const begun: number[] = []
    let ended = 0
    let release = (): void => undefined
    const opened = new Promise<void>((resolve) => {
      release = resolve
    })
    await jobs.work([claimed], async (_job, data) => {
      begun.push(data as number)
      await opened
      ended += 1
    })
    await inTransaction(db.pool, async (tx) => {
      for (let n = 0; n < 300; n++) jobs.after(tx, claimed, () => n)
    })
    assert.equal(begun.length, 256)
    const stopped = jobs.stop()
    await inTransaction(db.pool, async (tx) => jobs.after(tx, claimed, () => 300))
    release()
    await stopped
    assert.deepEqual([begun.length, ended], [256, 256])
  })

  test('failing job – retries used up or Terminal – dead with its error, redriven and discarded', async (t) => {
    const db = await testDatabase(t)
    const jobs = await open(t, db)
    const [flaky, hopeless] = [
      job<{ n: number }>({ name: 'test.flaky', retries: 1, run: async () => undefined }),
      job<{ n: number }>({ name: 'test.hopeless', run: async () => undefined }),
    ]
    const ran = reports<number>()
    let heal = false
    await jobs.work([flaky, hopeless], async (which, _data, running) => {
      if (which.name === 'test.hopeless') throw new Terminal('test.no', 'never')
      ran.add(running.attempt)
      if (!heal) throw new Retryable('not yet', { afterMs: 200 })
    })
    await inTransaction(db.pool, async (tx: Transaction) => {
      await jobs.now(tx, flaky, { n: 1 })
      await jobs.enqueue(tx, hopeless, { n: 2 })
    })
    await until(async () => (await jobs.dead.list()).length === 2)
    assert.deepEqual(ran.seen, [1, 2])
    const dead = (await jobs.dead.list()).toSorted((a, b) => a.job.localeCompare(b.job))
    assert.deepEqual(
      dead.map(({ job: name, data, attempts, error }) => ({ name, data, attempts, error })),
      [
        {
          name: 'test.flaky',
          data: { n: 1 },
          attempts: 2,
          error: { name: 'Retryable', message: 'not yet' },
        },
        {
          name: 'test.hopeless',
          data: { n: 2 },
          attempts: 1,
          error: { name: 'Terminal', message: 'never' },
        },
      ],
    )
    heal = true
    assert.equal(await jobs.dead.redrive([dead[0]!.id]), 1)
    await ran.at(3)
    await jobs.dead.discard([dead[1]!.id])
    assert.deepEqual(await jobs.dead.list(), [])
  })

  test('failing job – Unavailable more often than it has retries – not dead, run when it is back', async (t) => {
    const db = await testDatabase(t)
    const jobs = await open(t, db)
    const once1 = job<{ n: number }>({ name: 'test.once', retries: 0, run: async () => undefined })
    const ran = reports<number>()
    await jobs.work([once1], async (_job, _data, running) => {
      ran.add(running.attempt)
      if (ran.seen.length < 3) throw new Unavailable('down')
    })
    await inTransaction(db.pool, (tx) => jobs.enqueue(tx, once1, { n: 1 }))
    await ran.at(3)
    assert.deepEqual(await jobs.dead.list(), [])
  })

  test('failing job – what it asks is broken – spends its attempts', async (t) => {
    const db = await testDatabase(t)
    const jobs = await open(t, db)
    const once1 = job<{ n: number }>({ name: 'test.once', retries: 0, run: async () => undefined })
    await jobs.work([once1], () => Promise.reject(new Broken('answered 500')))
    await inTransaction(db.pool, (tx) => jobs.enqueue(tx, once1, { n: 1 }))
    await until(async () => (await jobs.dead.list()).length === 1)
  })

  test('stop – a run under way – waited for, then no more work is taken', async (t) => {
    const db = await testDatabase(t)
    const jobs = await open(t, db)
    const ran = reports<string>()
    let release = (): void => undefined
    await jobs.work([greet], async () => {
      ran.add('begun')
      await new Promise<void>((resolve) => {
        release = resolve
      })
      ran.add('ended')
    })
    await inTransaction(db.pool, (tx) => jobs.now(tx, greet, { n: 1 }))
    await ran.at(1)
    const stopped = jobs.stop()
    release()
    await stopped
    assert.deepEqual(ran.seen, ['begun', 'ended'])
    assert.equal(await rowsOf(db, 'test.greet'), 0)
  })

  for (const [mode, limitMs] of [
    ['queue', 60_000],
    ['now', 60_000],
  ] as const)
    test(`killed worker – job by ${mode} under way – another process runs it in time`, async (t) => {
      const db = await testDatabase(t)
      const jobs = await open(t, db)
      const hang = job<{ n: number }>({ name: 'work.hang', run: async () => undefined })
      const child = startWorker(t, [db.url, mode])
      await child.says('ready')
      const ran = reports<number>()
      if (mode === 'queue') {
        await jobs.work([hang], async () => ran.add(performance.now()))
        // Enqueued for whoever polls first; until it is the child, our own runs do not count.
        while (!child.heard.includes('started')) {
          ran.seen.length = 0
          await inTransaction(db.pool, (tx) => jobs.enqueue(tx, hang, { n: 1 }))
          await until(async () => ran.seen.length > 0 || child.heard.includes('started'))
        }
        ran.seen.length = 0
      } else {
        await child.says('started')
        await jobs.work([hang], async () => ran.add(performance.now()))
      }
      child.process.kill('SIGKILL')
      const killed = performance.now()
      const tookMs = (await ran.at(1)) - killed
      t.diagnostic(`resumed after ${Math.round(tookMs)} ms`)
      assert.ok(tookMs < limitMs, `took ${tookMs} ms`)
    })

  test('everySeconds – two processes – each tick run once', async (t) => {
    const db = await testDatabase(t)
    const sweep = job({ name: 'test.sweep', everySeconds: 1, run: async () => undefined })
    const ran = reports<number>()
    const run: RunJob = async () => ran.add(await tickOf(db, 'test.sweep'))
    await (await open(t, db)).work([sweep], run)
    await (await open(t, db)).work([sweep], run)
    await ran.at(4)
    const [first = 0] = ran.seen
    assert.equal(first % 1_000, 0)
    // Strictly ahead: no tick twice. A loaded machine may leave one or two out.
    for (const [n, at] of ran.seen.entries()) assert.ok(n === 0 || at > ran.seen[n - 1]!)
    assert.ok(ran.seen[3]! - first <= 20_000, `${ran.seen}`)
  })

  test('everySeconds – the owner stops, or dies in a tick – the other goes on', async (t) => {
    const db = await testDatabase(t)
    const sweep = job({ name: 'test.sweep', everySeconds: 1, run: async () => undefined })
    const ran = reports<string>()
    const [first, second] = [await open(t, db), await open(t, db)]
    await first.work([sweep], async () => ran.add('first'))
    await ran.at(1)
    await first.stop()
    const before = performance.now()
    await db.pool.query(
      `update kernel.ticks set owner = 'dead', lease_until = clock_timestamp() + interval '2 s'`,
    )
    await second.work([sweep], async () => ran.add('second'))
    await until(async () => ran.seen.includes('second'))
    assert.ok(performance.now() - before > 1_000, 'the lease of the dead was respected')
  })
})

const tickOf = async (db: TestDatabase, name: string): Promise<number> => {
  const { rows } = await db.pool.query('select tick_at from kernel.ticks where name = $1', [name])
  return rows[0].tick_at
}

function startWorker(t: TestContext, args: readonly string[]) {
  const path = fileURLToPath(new URL('./worker.fixture.ts', import.meta.url))
  const child: ChildProcess = spawn(process.execPath, [path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const heard: string[] = []
  const lines = createInterface({ input: child.stdout! })
  lines.on('line', (line) => heard.push(line))
  return {
    process: child,
    heard,
    says: (line: string) => until(async () => heard.includes(line)),
  }
}
