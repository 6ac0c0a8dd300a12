// `rialto bench purchase`: what a paid order costs, everything included: the buyer's calls, the provider's webhook and all that
// follows, durable, with every flow recorded, receipts, mails and push messages sent. Whoever plays buyer, provider, register, mail
// server and browser runs in this process and is not counted; the platform and PostgreSQL are.
// node bench/purchase/main.ts [--quick] [--json] [--profile <folder>]
// Quick stays under 45 s and leaves out a million orders in the tables and 20,000 orders in a row. A profile names functions and
// statements, and costs a third of what it measures: its figures are for comparing with each other only.

import { residentBytes } from '../cpu.ts'
import { median, percentile, Report } from '../report.ts'
import { Buyers, closedLoop, newLatencies, openLoop, p50, p99 } from './buyers.ts'
import { fillOrders, leaveRoomForPast } from './fill.ts'
import { idleSecond, plainCommitMs, type Spent, type Stretch, stretch } from './measures.ts'
import { type Bench, openBench } from './set-up.ts'
import { judged, settled, toLibraryMs } from './settled.ts'
import { forgetStatements, writeStatements } from './statements.ts'

const CALLERS = 24
const SLOW = 20
const quick = process.argv.includes('--quick')
const QUICK = { rounds: 1, buyers: 32, warm: 500, saturated: 500, slow: 80, half: 4 }
const FULL = { rounds: 3, buyers: 64, warm: 1_000, saturated: 2_000, slow: 400, half: 15 }
const size = quick ? QUICK : FULL
const LARGE = 1_000_000
const LONG = 20_000

const profileAt = process.argv.indexOf('--profile')
const profile = profileAt < 0 ? undefined : process.argv[profileAt + 1]
const report = new Report('purchase', process.argv.includes('--json'))

/** Prints where a stretch's cost went. */
function tell(label: string, of: Stretch): void {
  const { nodeMs, databaseMs, writing, walBytes, flushes } = of
  const parts = [
    `Node ${nodeMs.toFixed(2)} + PostgreSQL ${databaseMs.toFixed(2)} CPU-ms`,
    `${writing.toFixed(1)} writing transactions`,
    `${flushes.toFixed(1)} flushes, ${(walBytes / 1_024).toFixed(1)} kB of WAL`,
  ]
  report.say(`      ${label}: ${parts.join('; ')} an order`)
}

interface Shop {
  readonly bench: Bench
  readonly buyers: Buyers
  /** A second in which nobody calls. */
  readonly idle: Spent
}

const saturate = ({ bench, buyers, idle }: Shop, orders: number): Promise<Stretch> =>
  stretch(bench, idle, (latencies) => closedLoop(buyers, { callers: CALLERS, orders }, latencies))

const slowly = ({ bench, buyers, idle }: Shop, orders: number): Promise<Stretch> =>
  stretch(bench, idle, (latencies) => openLoop(buyers, { perSecond: SLOW, orders }, latencies))

const medianOf = (all: readonly Stretch[], value: (one: Stretch) => number): number =>
  median(all.map(value))

function addCost(name: string, all: readonly Stretch[], limit: { maxMs: number; plainMs: number }) {
  const value = medianOf(all, (one) => one.cpuMs)
  report.add({
    ...{ name, value, unit: 'CPU-ms', reference: limit.plainMs, ratio: value / limit.plainMs },
    ...{ target: `≤ ${limit.maxMs} ms`, ok: value <= limit.maxMs },
  })
}

async function saturated(shop: Shop): Promise<{ cpuMs: number; rate: number; example: string }> {
  const { bench } = shop
  const rounds: Stretch[] = []
  const plain: number[] = []
  for (let round = 0; round < size.rounds; round++) {
    plain.push(await plainCommitMs(bench, quick ? 1_000 : 3_000))
    if (profile !== undefined) await forgetStatements(bench)
    rounds.push(await saturate(shop, size.saturated))
    if (profile !== undefined) await writeStatements(bench, profile, size.saturated)
  }
  const plainMs = median(plain)
  const all = 'CPU of a paid order ÷ of a plain commit'
  addCost(`${all}, ${CALLERS} buyers`, rounds, { maxMs: 12, plainMs })
  const rate = medianOf(rounds, (one) => one.orders.length / one.seconds)
  report.add({
    ...{ name: 'paid orders, saturated', value: rate, unit: 'orders/s' },
    ...{ target: '≥ 120/s', ok: rate >= 120 },
  })
  tell('saturated', rounds[0] as Stretch)
  const slow: Stretch[] = []
  for (let round = 0; round < size.rounds; round++) slow.push(await slowly(shop, size.slow))
  addCost(`${all}, ${SLOW} orders/s`, slow, { maxMs: 30, plainMs })
  tell(`at ${SLOW}/s`, slow[0] as Stretch)
  const ways: number[] = []
  for (const one of slow) ways.push(...(await toLibraryMs(bench, one.orders)))
  const value = percentile(ways, 0.95)
  report.add({
    ...{ name: `webhook → in library at ${SLOW}/s, p95`, value, unit: 'ms' },
    ...{ target: '≤ 50 ms', ok: value <= 50 },
  })
  report.say(`      (p50 ${p50(ways).toFixed(1)} ms)`)
  const example = rounds[0]?.orders[0] ?? ''
  return { cpuMs: medianOf(rounds, (one) => one.cpuMs), rate, example }
}

async function calls(shop: Shop, rate: number): Promise<void> {
  const perSecond = rate / 2
  const orders = Math.ceil(perSecond * size.half)
  const latencies = newLatencies()
  await settled(shop.bench, await openLoop(shop.buyers, { perSecond, orders }, latencies))
  for (const call of ['order', 'pay', 'read'] as const) {
    const value = p99(latencies[call])
    report.add({
      ...{ name: `${call} at ${perSecond.toFixed(0)} orders/s, p99`, value, unit: 'ms' },
      ...{ target: '≤ 60 ms', ok: value <= 60 },
    })
    report.say(`      (p50 ${p50(latencies[call]).toFixed(1)} ms)`)
  }
}

async function steady(shop: Shop): Promise<void> {
  const { bench } = shop
  const before = residentBytes(bench.pid)
  await saturate(shop, LONG)
  const value = residentBytes(bench.pid)
  report.add({
    ...{ name: `memory after ${LONG} more orders ÷ before`, value: value / 2 ** 20, unit: 'MB' },
    ...{ reference: before / 2 ** 20, ratio: value / before },
    ...{ target: '≤ 1.2 ×', ok: value / before <= 1.2 },
  })
}

async function large(
  shop: Shop,
  { cpuMs, example }: { cpuMs: number; example: string },
): Promise<void> {
  report.say(`filling the tables with ${LARGE} orders …`)
  await fillOrders(shop.bench, { order: example, count: LARGE }, (line) =>
    report.say(`      ${line}`),
  )
  await saturate(shop, size.warm)
  const rounds: Stretch[] = []
  for (let round = 0; round < size.rounds; round++)
    rounds.push(await saturate(shop, size.saturated))
  const value = medianOf(rounds, (one) => one.cpuMs)
  report.add({
    ...{ name: `the same with ${LARGE / 1e6} M orders in the tables`, value, unit: 'CPU-ms' },
    ...{ reference: cpuMs, ratio: value / cpuMs, target: '≤ 1.2 ×', ok: value / cpuMs <= 1.2 },
  })
  tell('large', rounds[0] as Stretch)
}

const bench = await openBench({ profile })
await leaveRoomForPast(bench)
const buyers = await Buyers.open(bench, size.buyers)
try {
  report.say(`${size.buyers} buyers are logged in; ${size.warm} orders to warm up …`)
  const cold = await closedLoop(buyers, { callers: CALLERS, orders: size.warm }, newLatencies())
  await settled(bench, cold)
  await judged(bench)
  // As autovacuum does within the minute: plans made for empty tables would read these in full meanwhile.
  await bench.pool.query('analyze')
  const idle = await idleSecond(bench, quick ? 1_000 : 5_000)
  report.say(`      idle: ${(idle.nodeMs + idle.databaseMs).toFixed(1)} CPU-ms a second`)
  const shop: Shop = { bench, buyers, idle }
  const { cpuMs, rate, example } = await saturated(shop)
  await calls(shop, rate)
  if (!quick) {
    await steady(shop)
    await large(shop, { cpuMs, example })
  }
} finally {
  await buyers.close()
  await bench.close()
}
report.leave()
