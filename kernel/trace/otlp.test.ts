import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../observability/log.ts'
import type { Interaction } from '../pure/interaction.ts'
import { testClock } from '../testing/clock.ts'
import { openTracer } from './otlp.ts'

const step = (id: string, flow: string): Interaction => ({
  ...{ id, flow, from: 'OrderSvc', to: 'OrderSvc', kind: 'step', name: 'order:paid' },
  ...{ at: 1_000, seq: 1, outcome: 'ok', attempt: 1 },
})

/** A tracer, and what it has logged. */
async function tracing(endpoint: string, rate = 1) {
  const warned: string[] = []
  const lost: unknown[] = []
  const tracer = await openTracer({
    ...{ endpoint, rate, headers: {}, instance: 'test', witness: 'observer', clock: testClock() },
    ...{ services: new Map([['OrderSvc', 'orders']]), groups: new Map() },
    log: {
      ...silentLog,
      warn: (fields, message) => {
        warned.push(message)
        lost.push(fields.lost)
      },
    },
  })
  return { tracer, warned, lost }
}

/** A collector that answers so; the flows of the spans that it was sent. */
async function collector(t: TestContext, status: number) {
  const flows: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      flows.push(...[...text.matchAll(/"stringValue":"(ord_\d+)"/g)].map(([, flow]) => flow ?? ''))
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { flows, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

test('tracer – a collector that takes them – what waits at the stop arrives, half of the flows at half the rate', async (t) => {
  const { flows, url } = await collector(t, 200)
  const all = Array.from({ length: 400 }, (_, i) => step(`s${i}`, `ord_${i}`))
  const whole = await tracing(url)
  whole.tracer.record(all)
  await whole.tracer.stop()
  assert.deepEqual([flows.length, new Set(flows).size, whole.warned], [400, 400, []])
  flows.length = 0
  const half = await tracing(url, 0.5)
  half.tracer.record(all)
  await half.tracer.stop()
  assert.ok(flows.length > 120 && flows.length < 280, `${flows.length} of 400`)
})

test('tracer – a collector that refuses – one line in the log with how many are lost, and the stop does not wait for the rest', async (t) => {
  const { url } = await collector(t, 400)
  const { tracer, warned, lost } = await tracing(url)
  tracer.record(Array.from({ length: 5_000 }, (_, i) => step(`s${i}`, 'ord_1')))
  await tracer.stop()
  assert.equal(warned.length, 1)
  assert.deepEqual(lost, [5_000], 'all that it refused, and what was not sent after it')
  assert.match(warned[0] ?? '', /collector did not take/)
})

test('tracer – nobody listens – one line in the log, and the stop comes to its end', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const { tracer, warned } = await tracing(`http://127.0.0.1:${port}`)
  tracer.record([step('s', 'ord_1')])
  await tracer.stop()
  assert.equal(warned.length, 1)
})
