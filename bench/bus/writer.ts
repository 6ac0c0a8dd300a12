// A writer process: appends in a closed loop from 16 connections, or at a steady rate, until its time is over.
// node writer.ts <database url> <milliseconds> <events per second, 0 for as fast as it goes>

import { LogTransport } from '@rialto/kernel/bus/log-transport.ts'
import { append, closedLoop, newEvent, openBench } from './set-up.ts'

const CONNECTIONS = 16
const [url, ms, rate] = process.argv.slice(2)
const bench = await openBench(url)
const pool = bench.pool(CONNECTIONS)
// A member of the bus without groups, so that readers elsewhere know they are not alone and poll.
const member = await LogTransport.open({
  url: bench.url,
  pool,
  writer: bench.writer,
  instance: 'writer',
})

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
    for (; written < due; written++) sent.push(append(pool, bench.writer, newEvent(written)))
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await Promise.all(sent)
}
process.stdout.write(`${JSON.stringify({ written })}\n`)
await member.stop()
await bench.close()
