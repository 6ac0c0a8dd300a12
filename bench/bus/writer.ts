// A writer process: appends in a closed loop from 16 connections, or at a steady rate, until its time is over.
// node writer.ts <database url> <milliseconds> <events per second, 0 for as fast as it goes> [<broker> <prefix>: relays to Kafka]

import { KafkaTransport } from '@rialto/kernel/bus/kafka/transport.ts'
import { LogTransport } from '@rialto/kernel/bus/log-transport.ts'
import { append, closedLoop, newEvent, openBench, TOPIC } from './set-up.ts'

const CONNECTIONS = 16
const [url, ms, rate, broker, prefix] = process.argv.slice(2)
const bench = await openBench(url)
const pool = bench.pool(CONNECTIONS)
// A member of the bus without groups, so that readers elsewhere know they are not alone and poll.
const taking = { url: bench.url, pool, writer: bench.writer, instance: 'writer' }
const member =
  broker === undefined
    ? await LogTransport.open(taking)
    : await KafkaTransport.open({
        ...taking,
        kafka: { brokers: [broker], prefix: prefix ?? '' },
        relays: [TOPIC],
      })

const committed: [id: string, at: number][] = []
const one = async (event: ReturnType<typeof newEvent>): Promise<void> => {
  await append(pool, bench.writer, event)
  committed.push([event.id, performance.timeOrigin + performance.now()])
  if (broker !== undefined) member.committed([event])
}

/** Resolves when the brokers have everything that was written. */
async function carriedOver(): Promise<void> {
  const waiting = `select count(*)::int as n from bus.cursors c join bus.log l on l.topic = c.topic and l.part = c.part and l.off > c.cursor
    where c.grp = 'relay.${TOPIC}'`
  while ((await pool.query(waiting)).rows[0].n > 0)
    await new Promise((resolve) => setTimeout(resolve, 5))
}

// The first event on its way finds everything cold: connections, the producer's numbers, the code. And what was written while
// nobody relayed goes out first.
if (broker !== undefined) {
  await one(newEvent(0))
  await carriedOver()
  committed.length = 0
}

const perSecond = Number(rate)
let written = 0
if (perSecond === 0) {
  const tps = await closedLoop(CONNECTIONS, Number(ms), (n) =>
    append(pool, bench.writer, newEvent(n)),
  )
  written = Math.round((tps * Number(ms)) / 1_000)
} else {
  const started = performance.now()
  const sent: Promise<void>[] = []
  while (performance.now() - started < Number(ms)) {
    const due = Math.floor(((performance.now() - started) * perSecond) / 1_000)
    for (; written < due; written++) sent.push(one(newEvent(written)))
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await Promise.all(sent)
}
if (broker !== undefined) await carriedOver()
process.stdout.write(`${JSON.stringify({ written, committed })}\n`)
await member.stop()
await bench.close()
