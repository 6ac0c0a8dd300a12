// `rialto bench bus`: what the log costs beside a plain outbox, how fast it delivers, and whether size matters.
// node bench/bus/main.ts [--quick] [--json]   (quick stays under 45 s and leaves out the table of 10 million rows)

import { median, percentile, Report } from '../report.ts'
import { appendRates, endToEnd, fill, latencies, replay } from './measures.ts'
import { type Bench, openBench } from './set-up.ts'

const QUICK = {
  roundMs: 1_200,
  heldMs: 6_000,
  latencyMs: 4_000,
  replayEvents: 100_000,
  largeRows: 0,
}
const FULL = {
  roundMs: 3_000,
  heldMs: 60_000,
  latencyMs: 10_000,
  replayEvents: 1_000_000,
  largeRows: 10_000_000,
}

async function appends(bench: Bench, report: Report, ms: number): Promise<number> {
  let plain16 = 0
  for (const clients of [16, 32]) {
    const rounds = []
    for (let round = 0; round < 3; round++) rounds.push(await appendRates(bench, clients, ms))
    const plain = median(rounds.map((r) => r.plain))
    const log = median(rounds.map((r) => r.log))
    if (clients === 16) plain16 = plain
    const ratio = median(rounds.map((r) => r.plain / r.log))
    report.add({
      name: `cost of append ÷ plain outbox insert, ${clients} clients`,
      value: log,
      unit: 'tx/s',
      reference: plain,
      ratio,
      target: '≤ 1.5 ×',
      ok: ratio <= 1.5,
    })
  }
  return plain16
}

async function delivery(bench: Bench, report: Report, ms: number): Promise<void> {
  for (const separate of [false, true]) {
    const rounds = []
    for (let round = 0; round < 3; round++)
      rounds.push(await latencies(bench, { ms: ms / 2, rate: 500, separate }))
    const where = separate ? 'two processes' : 'one process'
    const [p50Max, p99Max] = separate ? [10, 50] : [3, 25]
    const p50 = median(rounds.map((r) => percentile(r, 0.5)))
    const p99 = median(rounds.map((r) => percentile(r, 0.99)))
    report.add({
      name: `commit → handled at 500/s, ${where}, p50`,
      value: p50,
      unit: 'ms',
      target: `≤ ${p50Max} ms`,
      ok: p50 <= p50Max,
    })
    report.add({
      name: `commit → handled at 500/s, ${where}, p99`,
      value: p99,
      unit: 'ms',
      target: `≤ ${p99Max} ms`,
      ok: p99 <= p99Max,
    })
  }
}

async function singly(
  bench: Bench,
  report: Report,
  options: { plain: number; ms: number; label: string },
): Promise<number> {
  const { perSecond, seconds } = await endToEnd(bench, options.ms)
  const ratio = perSecond / options.plain
  report.add({
    name: `end to end, one transaction an event, ${Math.round(seconds)} s${options.label}`,
    value: perSecond,
    unit: 'events/s',
    reference: options.plain,
    ratio,
    target: '≥ 0.35 × and ≥ 1,500/s',
    ok: ratio >= 0.35 && perSecond >= 1_500,
  })
  return perSecond
}

async function replays(bench: Bench, report: Report, events: number): Promise<number> {
  const rounds = []
  for (let round = 0; round < 3; round++) rounds.push(await replay(bench, events))
  const seconds = median(rounds)
  const rate = events / seconds
  report.add({
    name: `replay of ${events} events into a new group`,
    value: seconds,
    unit: 's',
    target: `≤ ${(30 * events) / 1e6} s`,
    ok: seconds <= (30 * events) / 1e6,
  })
  report.add({
    name: 'batch consumer on a backlog',
    value: rate,
    unit: 'events/s',
    target: '≥ 50,000/s',
    ok: rate >= 50_000,
  })
  return rate
}

async function large(
  bench: Bench,
  report: Report,
  before: { plain: number; single: number; ms: number; rows: number },
): Promise<void> {
  report.say(`filling the log to ${before.rows} rows …`)
  await fill(bench, before.rows)
  const after = await endToEnd(bench, before.ms)
  const ratio = after.perSecond / before.single
  report.add({
    name: `the same with ${before.rows / 1e6} M rows in the log`,
    value: after.perSecond,
    unit: 'events/s',
    reference: before.single,
    ratio,
    target: '≥ 0.8 ×',
    ok: ratio >= 0.8,
  })
}

const quick = process.argv.includes('--quick')
const size = quick ? QUICK : FULL
const report = new Report('bus', process.argv.includes('--json'))
const bench = await openBench()
try {
  const plain = await appends(bench, report, size.roundMs)
  await delivery(bench, report, size.latencyMs)
  await singly(bench, report, { plain, ms: size.heldMs, label: '' })
  const rounds = quick ? 0 : 3
  const small = []
  for (let round = 0; round < rounds; round++) small.push((await endToEnd(bench, 6_000)).perSecond)
  report.say(`filling ${size.replayEvents} events …`)
  await fill(bench, size.replayEvents)
  await replays(bench, report, size.replayEvents)
  if (size.largeRows > 0)
    await large(bench, report, { plain, single: median(small), ms: 6_000, rows: size.largeRows })
} finally {
  await bench.close()
}
report.leave()
