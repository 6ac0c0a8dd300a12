import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type pg from 'pg'
import { Unavailable } from '../pure/failure.ts'
import { startTestCluster, type TestDatabase, testDatabase } from '../testing/database.ts'
import { armFaults } from '../testing/failpoint.ts'
import { openPool } from './pool.ts'
import { sql } from './sql.ts'
import { inTransaction, type Transaction } from './transaction.ts'

let db: TestDatabase
before(async () => {
  db = await testDatabase(undefined)
  await db.pool.query('create table accounts (id int primary key, balance bigint not null)')
})
// `after` runs when every test has ended.
after(() => db.close())

const ids = (function* () {
  for (let id = 1; ; id++) yield id
})()
const freshId = (): number => ids.next().value as number
const insert = (id: number, balance = 0n) =>
  sql`insert into accounts (id, balance) values (${id}, ${balance})`
const add = (id: number, amount: bigint) =>
  sql`update accounts set balance = balance + ${amount} where id = ${id}`
const balance = (id: number) =>
  inTransaction(db.pool, (tx) =>
    tx.maybe(sql<{ balance: bigint }>`select balance from accounts where id = ${id}`),
  ).then((row) => row?.balance)
const backend = (tx: Transaction) =>
  tx.one(sql<{ pid: number }>`select pg_backend_pid() as pid`).then((row) => row.pid)
const kill = (pid: number) => db.pool.query('select pg_terminate_backend($1)', [pid])

test('transaction – work that succeeds – is committed with its last statements in order', async () => {
  const id = freshId()
  const answer = await inTransaction(
    db.pool,
    async (tx) => {
      tx.write(insert(id, 5n))
      return tx.run(add(id, 1n))
    },
    { last: () => [add(id, 10n), sql`update accounts set balance = balance * 2 where id = ${id}`] },
  )
  assert.equal(answer, 1)
  assert.equal(await balance(id), 32n)
})

test('transaction – work that throws – is rolled back, and its error is the one thrown', async () => {
  const id = freshId()
  const refusal = new Error('no')
  await assert.rejects(
    inTransaction(db.pool, async (tx) => {
      await tx.run(insert(id))
      throw refusal
    }),
    (error) => error === refusal,
  )
  assert.equal(await balance(id), undefined)
})

test('transaction – the first of several pipelined writes fails – its error is thrown, not "aborted"', async () => {
  const id = freshId()
  await assert.rejects(
    inTransaction(db.pool, async (tx) => {
      tx.write(insert(id))
      tx.write(insert(id))
      tx.write(sql`select no_such_column`)
    }),
    { code: '23505' },
  )
  assert.equal(await balance(id), undefined)
})

test('transaction – a read after a failed write – reports the write that failed', async () => {
  const id = freshId()
  await assert.rejects(
    inTransaction(db.pool, async (tx) => {
      tx.write(insert(id))
      tx.write(insert(id))
      await tx.one(sql`select 1 as one`)
    }),
    { code: '23505' },
  )
})

test('transaction – a failure that work swallowed – makes COMMIT a ROLLBACK, which is an error', async () => {
  const id = freshId()
  await assert.rejects(
    inTransaction(db.pool, async (tx) => {
      await tx.run(insert(id))
      await tx.run(insert(id)).catch(() => undefined)
    }),
    (error: Error) => {
      assert.match(error.message, /rolled back at COMMIT/)
      assert.equal((error.cause as { code?: string }).code, '23505')
      return true
    },
  )
  assert.equal(await balance(id), undefined)
})

test('transaction – a constraint checked at COMMIT fails – its error is thrown', async () => {
  await db.pool.query(
    'create table late (id int, constraint late_once unique (id) deferrable initially deferred)',
  )
  await assert.rejects(
    inTransaction(db.pool, async (tx) => {
      tx.write(sql`insert into late values (1), (1)`)
    }),
    { code: '23505', constraint: 'late_once' },
  )
})

test('transaction – two in a deadlock – the victim runs again and both commit', async () => {
  const [a, b] = [freshId(), freshId()]
  await inTransaction(db.pool, async (tx) => {
    tx.write(insert(a))
    tx.write(insert(b))
  })
  let arrived = 0
  let open = (): void => undefined
  const bothHoldOne = new Promise<void>((resolve) => {
    open = resolve
  })
  let runs = 0
  const cross = (first: number, second: number) =>
    inTransaction(db.pool, async (tx) => {
      runs += 1
      await tx.run(add(first, 1n))
      arrived += 1
      if (arrived === 2) open()
      await bothHoldOne
      await tx.run(add(second, 1n))
    })
  await Promise.all([cross(a, b), cross(b, a)])
  // At least one was the victim; on a busy machine the server may choose both.
  assert.ok(runs >= 3, `${runs} runs`)
  assert.deepEqual([await balance(a), await balance(b)], [2n, 2n])
})

test('transaction – a deadlock found by a pipelined write – is retried as well', async () => {
  const id = freshId()
  let runs = 0
  await inTransaction(db.pool, async (tx) => {
    runs += 1
    tx.write(insert(id))
    if (runs < 3) tx.write(sql`do $$ begin raise exception sqlstate '40P01'; end $$`)
    else await tx.one(sql`select 1 as one`)
  })
  assert.equal(runs, 3)
  assert.equal(await balance(id), 0n)
})

test('transaction – a conflict at every try – ends after four tries with the conflict', async () => {
  let runs = 0
  await assert.rejects(
    inTransaction(db.pool, async (tx) => {
      runs += 1
      tx.write(sql`do $$ begin raise exception sqlstate '40001'; end $$`)
    }),
    { code: '40001' },
  )
  assert.equal(runs, 4)
})

test('transaction – onCommit – runs in order after the commit, and never after a rollback', async () => {
  const id = freshId()
  const ran: string[] = []
  await inTransaction(db.pool, async (tx) => {
    tx.onCommit(() => ran.push('first'))
    tx.onCommit(() => ran.push('second'))
    await tx.run(insert(id))
    assert.deepEqual(ran, [])
  })
  assert.deepEqual(ran, ['first', 'second'])
  await assert.rejects(
    inTransaction(db.pool, async (tx) => {
      tx.onCommit(() => ran.push('never'))
      tx.write(insert(id))
    }),
  )
  assert.deepEqual(ran, ['first', 'second'])
})

test('transaction – an effect that throws – does not make a committed transaction look failed', async (t) => {
  const id = freshId()
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  const ran: string[] = []
  const answer = await inTransaction(db.pool, async (tx) => {
    tx.onCommit(() => {
      throw new Error('effect went wrong')
    })
    tx.onCommit(() => ran.push('next'))
    await tx.run(insert(id))
    return 'done'
  })
  assert.equal(answer, 'done')
  assert.deepEqual(ran, ['next'])
  assert.equal((await warned).message, 'effect went wrong')
  assert.equal(await balance(id), 0n)
  t.diagnostic('the warning above is part of the test')
})

test('transaction – its backend is terminated while it waits – Unavailable, and the pool recovers', async () => {
  const id = freshId()
  const error = await inTransaction(db.pool, async (tx) => {
    await tx.run(insert(id))
    await kill(await backend(tx))
    await tx.one(sql`select 1 as one`)
  }).catch((e: unknown) => e)
  assert.ok(error instanceof Unavailable, String(error))
  assert.equal(error.outcome, 'nothing')
  assert.equal(await balance(id), undefined)
  await inTransaction(db.pool, (tx) => tx.run(insert(id)))
  assert.equal(await balance(id), 0n)
})

test('transaction – its backend is terminated between work and COMMIT – the outcome is said to be unknown', async () => {
  const id = freshId()
  const error = await inTransaction(
    db.pool,
    async (tx) => {
      await tx.run(insert(id))
      await kill(await backend(tx))
    },
    { last: () => [add(id, 1n)] },
  ).catch((e: unknown) => e)
  assert.ok(error instanceof Unavailable, String(error))
  assert.equal(error.outcome, 'unknown')
  assert.equal(await balance(id), undefined)
})

test('transaction – its server is killed – Unavailable, and the same pool works when it is back', async (t) => {
  const cluster = await startTestCluster({ durable: true })
  const pool = openPool({ url: cluster.url, applicationName: 'restart' })
  t.after(async () => {
    await pool.end()
    await cluster.stop()
  })
  await pool.query('create table kept (id int)')
  await inTransaction(pool, (tx) => tx.run(sql`insert into kept values (1)`))
  const error = await inTransaction(pool, async (tx) => {
    await tx.run(sql`insert into kept values (2)`)
    await cluster.killHard()
    // Its backend may live a moment longer than the server and could still commit: it dies in this wait.
    await tx.run(sql`select pg_sleep(4)`)
  }).catch((e: unknown) => e)
  assert.ok(error instanceof Unavailable, String(error))
  await assert.rejects(
    inTransaction(pool, (tx) => tx.run(sql`select 1`)),
    Unavailable,
  )
  await cluster.restart()
  const kept = await inTransaction(pool, (tx) => tx.many(sql<{ id: number }>`select id from kept`))
  assert.deepEqual(kept, [{ id: 1 }])
})

test('transaction – 16 at once on ten connections – each sees its own and all are kept', async () => {
  const id = freshId()
  await inTransaction(db.pool, (tx) => tx.run(insert(id)))
  const seen = await Promise.all(
    Array.from({ length: 16 }, (_, i) =>
      inTransaction(db.pool, async (tx) => {
        tx.write(add(id, 1n))
        const row = await tx.one(sql<{ mine: number }>`select ${i}::int as mine`)
        return row.mine
      }),
    ),
  )
  assert.deepEqual(
    seen,
    Array.from({ length: 16 }, (_, i) => i),
  )
  assert.equal(await balance(id), 16n)
})

test('transaction – read only – refuses to write', async () => {
  await assert.rejects(
    inTransaction(db.pool, (tx) => tx.run(insert(freshId())), { readOnly: true }),
    { code: '25006' },
  )
})

test('transaction – one, with no row or two – is an error naming the statement', async () => {
  await assert.rejects(
    inTransaction(db.pool, (tx) => tx.one(sql`select 1 where false`)),
    /got none: select 1 where false/,
  )
  await assert.rejects(
    inTransaction(db.pool, (tx) => tx.one(sql`select generate_series(1, 2)`)),
    /at most one row, got 2/,
  )
})

test('transaction – a failure after COMMIT was confirmed – leaves the rows committed', async (t) => {
  const id = freshId()
  t.after(() => armFaults(''))
  armFaults('tx.committed:1:throw')
  await assert.rejects(
    inTransaction(db.pool, (tx) => tx.run(insert(id))),
    /failpoint tx.committed/,
  )
  assert.equal(await balance(id), 0n)
})

test('statements – one call site used again on a connection – is parsed once', async (t) => {
  const pool = openPool({ url: db.url, applicationName: 'prepared', max: 1 })
  t.after(() => pool.end())
  const find = (id: number) => sql<{ id: number }>`select ${id}::int as id`
  const work = async (tx: Transaction): Promise<number[]> => {
    // Two in flight at once, before the first is known to be parsed.
    const rows = await Promise.all([tx.one(find(1)), tx.one(find(2))])
    return rows.map((row) => row.id)
  }
  assert.deepEqual(await inTransaction(pool, work), [1, 2])
  assert.deepEqual(await inTransaction(pool, work), [1, 2])
  const prepared = await pool.query<{ statement: string; uses: bigint }>(
    `select statement, generic_plans + custom_plans as uses from pg_prepared_statements`,
  )
  assert.deepEqual(prepared.rows, [{ statement: 'select $1::int as id', uses: 4n }])
})

test('statements – prepared first in a transaction that fails – work afterwards', async (t) => {
  const pool = openPool({ url: db.url, applicationName: 'prepared-after-failure', max: 1 })
  t.after(() => pool.end())
  const find = (id: number) => sql<{ id: number }>`select ${id}::int + 1 as id`
  await assert.rejects(
    inTransaction(pool, async (tx) => {
      tx.write(sql`select 1 / 0`)
      // The server refuses even to parse this one.
      await tx.one(find(1))
    }),
    { code: '22012' },
  )
  assert.deepEqual(await inTransaction(pool, (tx) => tx.one(find(1))), { id: 2 })
})

test('values – bigint, instant and jsonb – arrive as bigint, milliseconds and value', async () => {
  const { rows } = await (db.pool as pg.Pool).query(
    `select 9007199254740993::bigint as big, timestamptz '2026-01-02 03:04:05.678+00' as at,
            '{"a": [1]}'::jsonb as doc`,
  )
  assert.deepEqual(rows, [
    { big: 9007199254740993n, at: Date.UTC(2026, 0, 2, 3, 4, 5, 678), doc: { a: [1] } },
  ])
})
