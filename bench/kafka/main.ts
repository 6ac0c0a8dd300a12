// `rialto bench kafka`: what it costs to send events through Kafka instead of reading the log, between two processes on this machine.
// node bench/kafka/main.ts [--quick] [--json]   Needs the jars of tools/real/kafka.sh; starts a broker of its own.

import { KafkaTransport } from '@rialto/kernel/bus/kafka/transport.ts'
import { type Broker, kafkaJars, startKafka } from '@rialto/kernel/testing/kafka.ts'
import { fill, latencies, type OpenMember, replay, until } from '../bus/measures.ts'
import { type Bench, openBench, TOPIC } from '../bus/set-up.ts'
import { median, percentile, Report } from '../report.ts'

const QUICK = { latencyMs: 3_000, rounds: 3, events: 20_000 }
const FULL = { latencyMs: 10_000, rounds: 3, events: 1_000_000 }
const RATE = 300
const PREFIX = 'bench.'
const P50_MS = 20
const P99_MS = 100
const RELAY_PER_SECOND = 5_000
const REPLAY_SECONDS_A_MILLION = 60

/** Opens members that carry over the topics named here. */
const memberOf =
  (broker: Broker, relays: readonly string[]): OpenMember =>
  (bench, pool) =>
    KafkaTransport.open({
      url: bench.url,
      pool,
      writer: bench.writer,
      instance: 'bench',
      kafka: { brokers: [broker.address], prefix: PREFIX },
      relays,
      onTrouble: (what, error) => process.stderr.write(`${what}: ${String(error)}\n`),
    })

interface Size {
  readonly latencyMs: number
  readonly rounds: number
  readonly events: number
}

/** What a way of delivery takes: milliseconds of each event, and CPU milliseconds an event of all processes together. */
interface Taken {
  readonly samples: number[][]
  readonly cpuMs: number[]
}

const taken = (): Taken => ({ samples: [], cpuMs: [] })

const delayOf = ({ samples }: Taken, share: number): number =>
  median(samples.map((round) => percentile(round, share)))

/** Commit → handled: in one process, in two over the log, and in two over Kafka, where the writing one relays. */
async function delay(bench: Bench, broker: Broker, { report, size }: Run): Promise<void> {
  const ways = { one: taken(), log: taken(), kafka: taken() }
  const words = [broker.address, PREFIX]
  for (let round = 0; round < size.rounds; round++)
    for (const [way, options] of [
      [ways.one, { separate: false }],
      [ways.log, { separate: true }],
      [ways.kafka, { separate: true, words, open: memberOf(broker, []) }],
    ] as const) {
      const steady = { ms: size.latencyMs, rate: RATE, onCost: (ms: number) => way.cpuMs.push(ms) }
      way.samples.push(await latencies(bench, { ...steady, ...options }))
    }
  tellDelays(ways, report)
}

function tellDelays({ one, log, kafka }: Record<'one' | 'log' | 'kafka', Taken>, report: Report) {
  const named = `at ${RATE}/s, two processes over Kafka`
  for (const [share, targetMs] of [
    [0.5, P50_MS],
    [0.99, P99_MS],
  ] as const) {
    const [value, reference] = [delayOf(kafka, share), delayOf(log, share)]
    report.add({
      name: `commit → handled ${named}, p${share * 100}`,
      ...{ value, unit: 'ms', reference, ratio: value / reference },
      target: `≤ ${targetMs} ms`,
      ok: value <= targetMs,
    })
  }
  const costs = [
    ['time of an event', 'ms', delayOf(kafka, 0.5), delayOf(one, 0.5)],
    ['CPU of an event', 'CPU-ms', median(kafka.cpuMs), median(one.cpuMs)],
    ['CPU of an event, over the log', 'CPU-ms', median(log.cpuMs), median(one.cpuMs)],
  ] as const
  for (const [what, unit, value, reference] of costs)
    report.add({
      name: `cost of distribution: ${what}, two processes ÷ one`,
      ...{ value, unit, reference, ratio: value / reference },
      target: 'told',
      ok: true,
    })
}

/** How fast a backlog in the log goes out. */
async function relay(bench: Bench, broker: Broker, { report, size }: Run): Promise<void> {
  const pool = bench.pool(8)
  const open = async (): Promise<bigint> => {
    const { rows } = await pool.query(
      `select count(*) as open from bus.cursors c join bus.topics t on t.id = c.topic and t.name = $1
        where c.grp = $2 and c.cursor < (select max(off) from bus.log l where l.topic = c.topic and l.part = c.part)`,
      [TOPIC, `relay.${TOPIC}`],
    )
    return (rows[0] as { open: bigint }).open
  }
  const started = performance.now()
  const member = await memberOf(broker, [TOPIC])(bench, pool)
  await until(async () => (await open()) === 0n)
  const seconds = (performance.now() - started) / 1_000
  await member.stop()
  const value = size.events / seconds
  report.add({
    name: `relay of a backlog of ${size.events} events`,
    value,
    unit: 'events/s',
    target: `≥ ${RELAY_PER_SECOND}/s`,
    ok: value >= RELAY_PER_SECOND,
  })
}

/** A new group that reads everything from Kafka, beside one that reads it from the log. */
async function replays(bench: Bench, broker: Broker, { report, size }: Run): Promise<void> {
  const reference = await replay(bench, size.events)
  const value = await replay(bench, size.events, memberOf(broker, []))
  const targetS = (REPLAY_SECONDS_A_MILLION * size.events) / 1e6
  // Joining the group and finding its place takes its time, however little there is to read.
  const joinS = size.events < 1e6 ? 5 : 0
  report.add({
    name: `replay of ${size.events} events into a new group`,
    value,
    unit: 's',
    reference,
    ratio: value / reference,
    target: `≤ ${targetS + joinS} s`,
    ok: value <= targetS + joinS,
  })
}

interface Run {
  readonly report: Report
  readonly size: Size
}

const size = process.argv.includes('--quick') ? QUICK : FULL
const run: Run = { report: new Report('kafka', process.argv.includes('--json')), size }
const jars = kafkaJars()
if (jars === undefined) throw new Error('there is no Kafka here; run tools/real/kafka.sh')
const broker = await startKafka(jars)
try {
  const bench = await openBench()
  try {
    await delay(bench, broker, run)
    run.report.say(`filling ${size.events} events …`)
    await fill(bench, size.events)
    await relay(bench, broker, run)
    await replays(bench, broker, run)
  } finally {
    await bench.close()
  }
} finally {
  await broker.stop()
}
run.report.leave()
