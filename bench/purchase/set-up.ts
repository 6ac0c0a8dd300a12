// The platform as `npm start` runs it, in a process of its own on a durable throw-away database, with everything outside it played
// here. The catalogue is wide, because a buyer buys a game once.

import { mkdirSync } from 'node:fs'
import { openScratchDatabase } from '@rialto/kernel/db/database.ts'
import { openPool } from '@rialto/kernel/db/pool.ts'
import type pg from 'pg'
import { startPlatform } from '../platform.ts'
import { type Outside, openOutside } from './outside.ts'

export const GAMES = 4_000
const FIRST_GAME = 1_000

export interface Bench {
  readonly url: string
  /** Process id of the platform. */
  readonly pid: number
  readonly pool: pg.Pool
  readonly outside: Outside
  close(): Promise<void>
}

export const gameOf = (n: number): string =>
  `prd_${String(FIRST_GAME + (n % GAMES)).padStart(26, '0')}`

/** Copies of the demo shop's games, each with a price in Russia; so many that no buyer runs out of them. */
const WIDEN = `
  with demo as (
    select p.*, r.amount_minor, row_number() over (order by p.product_id) - 1 as n, count(*) over () as games
      from catalog.products p join catalog.prices r on r.product_id = p.product_id and r.region = 'RU' where not p.limited),
  copies as (
    select 'prd_' || lpad((${FIRST_GAME} + g)::text, 26, '0') as id, g, d.*
      from generate_series(0, ${GAMES - 1}) g join demo d on d.n = g % d.games),
  added as (
    insert into catalog.products (product_id, slug, title, description, kind, genre, developer_id, age_mark, tax_code)
    select id, slug || '-' || g, title || ' ' || g, description, kind, genre, developer_id, age_mark, tax_code from copies)
  insert into catalog.prices (product_id, region, currency, amount_minor) select id, 'RU', 'RUB', amount_minor from copies`

export interface BenchOptions {
  /** Where to leave a CPU profile of the platform; statements are then counted as well, which costs some of what is measured. */
  readonly profile?: string | undefined
}

export async function openBench({ profile }: BenchOptions): Promise<Bench> {
  const settings = profile === undefined ? {} : { shared_preload_libraries: 'pg_stat_statements' }
  const database = await openScratchDatabase({ durable: true, settings })
  const pool = openPool({
    url: database.url,
    applicationName: 'bench-purchase',
    max: 32,
    idleMs: 600_000,
    statementTimeoutMs: 600_000,
  })
  if (profile !== undefined) await pool.query('create extension pg_stat_statements')
  const outside = await openOutside()
  if (profile !== undefined) mkdirSync(profile, { recursive: true })
  const platform = await startPlatform(database.url, {
    settings: outside.settings,
    flags: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
  })
  const { url, pid } = platform
  outside.connect(url)
  await pool.query(WIDEN)
  await pool.query('analyze')
  return {
    url,
    pid,
    pool,
    outside,
    async close() {
      await platform.stop()
      await outside.close()
      await pool.end()
      await database.stop()
    },
  }
}
