// `rialto bench ledger`: what batching is worth, on one machine in one run. The reference is the same posting made alone: one
// call, one commit each, from 32 connections; for one caller it is the smallest commit there is, of one row.
// node bench/ledger/main.ts [--quick] [--json]   (quick stays under 30 s)

import { verifyLedger } from '@rialto/wallets/ledger/verify.ts'
import { databaseCpuMs } from '../cpu.ts'
import { median, percentile, Report } from '../report.ts'
import { measure, oneRowCommits, type Rate } from './measures.ts'
import { type Bench, openBench } from './set-up.ts'

const CALLERS = 64
const SINGLE_CONNECTIONS = 32
const quick = process.argv.includes('--quick')
const ROUND_MS = quick ? 800 : 4_000
const ROUNDS = 3

interface Round {
  readonly single: Rate
  readonly batched: Rate
  readonly lone: Rate
  /** Milliseconds of commits of one row, one after the other. */
  readonly rowMs: readonly number[]
}

type Kind = 'random' | 'hot'

/** The ways take turns, so that a busy machine slows all of them. */
async function rounds(bench: Bench, kind: Kind): Promise<Round[]> {
  const single = bench.ledger({ lanes: SINGLE_CONNECTIONS, maxItems: 1 })
  const batched = bench.ledger()
  const made: Round[] = []
  await measure(bench, batched, { kind, callers: CALLERS, ms: ROUND_MS / 4 })
  for (let round = 0; round < ROUNDS; round++)
    made.push({
      single: await measure(bench, single, { kind, callers: SINGLE_CONNECTIONS, ms: ROUND_MS }),
      batched: await measure(bench, batched, { kind, callers: CALLERS, ms: ROUND_MS }),
      lone: await measure(bench, batched, { kind, callers: 1, ms: ROUND_MS / 2 }),
      rowMs: await oneRowCommits(bench, ROUND_MS / 4),
    })
  return made
}

const least = { random: 1.5, hot: 8 } as const

function compare(report: Report, kind: Kind, made: readonly Round[]): void {
  const ratio = median(made.map((r) => r.batched.perSecond / r.single.perSecond))
  report.add({
    name: `micro-batch ÷ single call, ${kind}, ${CALLERS} callers`,
    value: median(made.map((r) => r.batched.perSecond)),
    unit: 'postings/s',
    reference: median(made.map((r) => r.single.perSecond)),
    ratio,
    target: `≥ ${least[kind]} ×`,
    ok: ratio >= least[kind],
  })
}

function acrossKinds(report: Report, random: readonly Round[], hot: readonly Round[]): void {
  const rate = (made: readonly Round[]): number => median(made.map((r) => r.batched.perSecond))
  const ratio = rate(hot) / rate(random)
  report.add({
    name: 'hot ÷ random, batched',
    value: rate(hot),
    unit: 'postings/s',
    reference: rate(random),
    ratio,
    target: '≥ 0.9 ×',
    ok: ratio >= 0.9,
  })
  const p99 = (made: readonly Round[]): number =>
    median(made.map((r) => percentile(r.batched.latenciesMs, 0.99)))
  const slower = p99(hot) / p99(random)
  report.add({
    name: 'p99 of a posting, hot ÷ random, batched',
    value: p99(hot),
    unit: 'ms',
    reference: p99(random),
    ratio: slower,
    target: '≤ 1.5 ×',
    ok: slower <= 1.5,
  })
  const all = [...random, ...hot]
  const p50 = (of: (round: Round) => readonly number[]): number =>
    median(all.map((round) => percentile(of(round), 0.5)))
  const [lone, row] = [p50((r) => r.lone.latenciesMs), p50((r) => r.rowMs)]
  report.add({
    name: 'a lone posting ÷ a commit of one row, p50',
    value: lone,
    unit: 'ms',
    reference: row,
    ratio: lone / row,
    target: '≤ 3 ×',
    ok: lone / row <= 3,
  })
}

async function cpu(bench: Bench, report: Report): Promise<void> {
  const ledger = bench.ledger()
  const before = { node: process.cpuUsage(), database: await databaseCpuMs(bench.pool) }
  const { count } = await measure(bench, ledger, {
    ...{ kind: 'random', callers: CALLERS, ms: ROUND_MS },
  })
  const node = process.cpuUsage(before.node)
  const nodeMs = (node.user + node.system) / 1_000
  const databaseMs = (await databaseCpuMs(bench.pool)) - before.database
  const each = (databaseMs * 1_000) / count
  report.add({
    name: 'CPU of PostgreSQL a posting, random, batched',
    value: each,
    unit: 'µs',
    target: '≤ 80 µs',
    ok: each <= 80,
  })
  report.say(`      (and ${Math.round((nodeMs * 1_000) / count)} µs of Node, the callers included)`)
}

const report = new Report('ledger', process.argv.includes('--json'))
const bench = await openBench()
try {
  const random = await rounds(bench, 'random')
  compare(report, 'random', random)
  const hot = await rounds(bench, 'hot')
  compare(report, 'hot', hot)
  acrossKinds(report, random, hot)
  await cpu(bench, report)
  const { holds, checks, postings } = await verifyLedger(bench.pool)
  report.add({
    name: `the book after ${postings} postings: checks that failed`,
    value: checks.filter((check) => check.wrong > 0).length,
    unit: '',
    target: '0',
    ok: holds,
  })
} finally {
  await bench.close()
}
report.leave()
