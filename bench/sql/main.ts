// What a prepared statement is worth: one typical insert and one typical select, written as sql`…` and sent by name, against
// the same text sent unprepared. `node bench/sql/main.ts [--quick] [--json]`. Needs nothing but this repository: it starts a
// throw-away PostgreSQL. docs/adr/0009 has the figures, with a query builder's beside them.

import { openPool } from '@rialto/kernel/db/pool.ts'
import { openQuery } from '@rialto/kernel/db/query.ts'
import { rawSql, type Sql, sql } from '@rialto/kernel/db/sql.ts'
import { startTestCluster } from '@rialto/kernel/testing/database.ts'
import { median, Report } from '../report.ts'

const quick = process.argv.includes('--quick')
const STATEMENTS = quick ? 2_000 : 20_000
const ROUNDS = 3

const TABLE = `create table if not exists orders (
  id text primary key, user_id text not null, state text not null, amount_minor bigint not null, currency text not null,
  region text not null, created_at timestamptz not null default now(), expires_at timestamptz)`

interface Row {
  readonly id: string
  readonly state: string
  readonly amount_minor: bigint
}

const insert = (id: string): Sql =>
  sql`insert into orders (id, user_id, state, amount_minor, currency, region, expires_at)
      values (${id}, ${`usr_${id}`}, ${'pending_payment'}, ${199900n}, ${'RUB'}, ${'RU'}, ${null})`
const select = (id: string): Sql<Row> =>
  sql<Row>`select id, user_id, state, amount_minor, currency, region, created_at, expires_at
      from orders where id = ${id} and user_id = ${`usr_${id}`} and state = ${'pending_payment'}`

const unprepared = (statement: Sql): Sql => rawSql(statement.text, statement.values)

type Pool = ReturnType<typeof openPool>
type Way = (id: string) => Sql
const WAYS: Readonly<Record<string, { readonly named: Way; readonly unprepared: Way }>> = {
  insert: { named: insert, unprepared: (id) => unprepared(insert(id)) },
  select: { named: select, unprepared: (id) => unprepared(select(id)) },
}

/** Statements a second, one after another on one connection: round trip, parsing and building included. */
async function rate(pool: Pool, way: Way, prefix: string): Promise<number> {
  const started = performance.now()
  for (let i = 0; i < STATEMENTS; i++) await openQuery(pool, way(`${prefix}${i}`))
  return STATEMENTS / ((performance.now() - started) / 1_000)
}

/** The ways take turns within a round, so that a busy machine slows both. */
async function compare(pool: Pool, name: string, report: Report): Promise<void> {
  const ways = WAYS[name]
  if (ways === undefined) throw new Error(`no statement is called ${name}`)
  const named: number[] = []
  const plain: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    plain.push(await rate(pool, ways.unprepared, `p${round}_`))
    named.push(await rate(pool, ways.named, `n${round}_`))
  }
  const [value, reference] = [median(named), median(plain)]
  const ratio = value / reference
  report.add({
    name: `${name}, prepared, beside unprepared`,
    value,
    unit: '/s',
    reference,
    ratio,
    target: '≥ 1 ×',
    ok: ratio >= 1,
  })
}

const report = new Report('sql', process.argv.includes('--json'))
const cluster = await startTestCluster()
const pool = openPool({ url: cluster.url, applicationName: 'bench-sql', max: 1 })
try {
  await pool.query(TABLE)
  for (const name of Object.keys(WAYS)) await compare(pool, name, report)
} finally {
  await pool.end()
  await cluster.stop()
}
report.leave()
