// One trial of one design: writers and readers at work, faults at random, then peace until everything is handled or nothing
// moves any more, then the judge.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openPool } from '@rialto/kernel/db/pool.ts'
import { testDatabase } from '@rialto/kernel/testing/database.ts'
import { Crew } from './crew.ts'
import type { Design, Pool } from './design.ts'
import { explain, judge, PROOF_SCHEMA, type Verdict } from './judge.ts'
import { keyName, type Load } from './load.ts'
import { type Attack, drawSchedule, type Faults, rage } from './nemesis.ts'
import { seeded } from './random.ts'

export interface RoundOptions {
  readonly design: Design
  readonly seed: number
  readonly writers: number
  /** Connections that each writer works with at once. */
  readonly connections: number
  readonly readers: number
  readonly loadMs: number
  /** The load goes on after `loadMs` until so many were acknowledged: a busy machine is no reason to find less. */
  readonly events?: number
  readonly leaseMs: number
  readonly load: Load
  readonly attack: Attack
  /** Without it, a database of the tests' own cluster. */
  readonly url?: string
  /** Run before the processes start. */
  readonly prepare?: (pool: Pool) => Promise<void>
  /** Run beside the load, once. */
  readonly during?: (crew: Crew, pool: Pool) => Promise<void>
  /** After so long without a step the rest counts as lost. */
  readonly quietMs?: number
  /** Ends the round early: what it was to show has been shown. */
  readonly enough?: (verdict: Verdict, crew: Crew) => boolean
}

export interface RoundResult extends Verdict {
  readonly faults: Faults
  readonly crew: Crew
  readonly line: string
  readonly pool: Pool
  /** Some cases of each fault, for the message of a test that fails. */
  readonly explain: () => Promise<string>
}

/**
 * Fails with examples unless everything is handled once and in order but for what was put aside in sight: exactly so many, or at
 * most a share of all where the killing itself may use up an event's tries.
 */
export async function assertWhole(
  result: RoundResult,
  expectedAside: number | { readonly maxShare: number } = 0,
): Promise<void> {
  const { lost, doubled, inverted, phantom, aside, handled } = result
  const faults = lost + doubled + inverted + phantom
  const fits =
    typeof expectedAside === 'number'
      ? aside === expectedAside
      : aside <= expectedAside.maxShare * (handled + aside)
  if (faults === 0 && fits) return
  assert.fail(`${result.line}\n${await result.explain()}`)
}

export const PEACE: Attack = {
  killEveryMs: 0,
  terminateEveryMs: 0,
  freezeEveryMs: 0,
  freezeMs: 0,
  readerShare: 0.3,
}

export const PLAIN_LOAD: Load = {
  keys: 30,
  idleMs: 12,
  slowShare: 0.15,
  slowMs: 60,
  repeatShare: 0,
  failPercent: 0,
  handlerMs: 2,
  freezeEvery: 0,
  freezeMs: 0,
  poison: false,
}

const READER_CONNECTIONS = 8
/** Longer than a busy machine takes to start a killed reader four times: what stands still for less is no loss. */
const QUIET_MS = 20_000
const DRAIN_POLL_MS = 200
const LONGER_TIMES = 8
const DRAIN_MS = 120_000

/** A pool of its own for the judge, who may take longer than a business statement. */
async function openDatabase(t: TestContext, options: RoundOptions): Promise<[Pool, string]> {
  const url = options.url ?? (await testDatabase(t)).url
  const pool = openPool({ url, applicationName: 'judge', statementTimeoutMs: 60_000 })
  t.after(() => pool.end())
  return [pool, url]
}

async function lay(pool: Pool, { design, load, prepare }: RoundOptions): Promise<void> {
  await pool.query(PROOF_SCHEMA)
  const keys = Array.from({ length: load.keys }, (_, i) => keyName(i))
  await pool.query('insert into proof.keys (key) select unnest($1::text[])', [keys])
  await design.openWriter(pool)
  if (design.plant !== undefined) await pool.query(design.plant)
  await prepare?.(pool)
}

function crewOf(options: RoundOptions, url: string): Crew {
  const { design, seed, leaseMs, load } = options
  const post = { design: design.name, url, leaseMs, load }
  const many = (role: 'writer' | 'reader', count: number, connections: number) =>
    Array.from({ length: count }, (_, i) => ({
      ...post,
      role,
      connections,
      seed: seed + i * 100_000,
    }))
  return new Crew([
    ...many('writer', options.writers, options.connections),
    ...many('reader', options.readers, READER_CONNECTIONS),
  ])
}

async function untilEnough(crew: Crew, { events = 0, loadMs }: RoundOptions): Promise<void> {
  const limit = performance.now() + LONGER_TIMES * loadMs
  while (crew.acked.length < events && performance.now() < limit) {
    crew.check()
    await pause(DRAIN_POLL_MS)
  }
}

/** Waits until all is handled or nothing has moved for a while. */
async function drain(pool: Pool, crew: Crew, options: RoundOptions): Promise<void> {
  const { design, quietMs = QUIET_MS, enough } = options
  const began = performance.now()
  let left = Number.POSITIVE_INFINITY
  let movedAt = began
  while (performance.now() - began < DRAIN_MS) {
    crew.check()
    const verdict = await judge(pool, { ...design, acked: [] })
    if (verdict.lost === 0 || enough?.(verdict, crew) === true) return
    if (verdict.lost !== left) movedAt = performance.now()
    else if (performance.now() - movedAt > quietMs) return
    left = verdict.lost
    await pause(DRAIN_POLL_MS)
  }
}

const lineOf = (
  options: RoundOptions,
  run: Omit<RoundResult, 'line' | 'pool' | 'explain'>,
): string => {
  const { faults } = run
  const parts = {
    design: options.design.name,
    writers: options.writers,
    readers: options.readers,
    seconds: options.loadMs / 1000,
    kills: faults.kills,
    terminated: faults.terminated,
    freezes: faults.freezes,
    published: run.published,
    handled: run.handled,
    aside: run.aside,
    lost: run.lost,
    doubled: run.doubled,
    inverted: run.inverted,
    phantom: run.phantom,
    seed: options.seed,
  }
  return Object.entries(parts)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

export async function round(t: TestContext, options: RoundOptions): Promise<RoundResult> {
  const [pool, url] = await openDatabase(t, options)
  await lay(pool, options)
  const crew = crewOf(options, url)
  t.after(() => crew.kill())
  await crew.start()
  const schedule = drawSchedule(seeded(options.seed), options.attack, options.loadMs)
  const [faults] = await Promise.all([
    rage(crew, pool, { schedule, ms: options.loadMs }),
    options.during?.(crew, pool),
  ])
  await untilEnough(crew, options)
  await crew.stop('writer')
  await drain(pool, crew, options)
  if (options.enough === undefined) await crew.stop('reader')
  else crew.kill()
  const question = { ...options.design, acked: crew.acked }
  const verdict = await judge(pool, question)
  const counted = { ...verdict, faults, crew }
  const line = lineOf(options, counted)
  t.diagnostic(line)
  return { ...counted, line, pool, explain: () => explain(pool, question) }
}
