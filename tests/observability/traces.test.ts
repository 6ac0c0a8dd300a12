// A purchase as any OpenTelemetry collector gets it: the platform sends to a real listener over OTLP/HTTP, and what arrives is one
// trace whose spans hang together.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { spanIdOf, traceIdOf } from '@rialto/kernel/trace/spans.ts'
import { callApi, poll } from 'rialto/demo/buyer.ts'
import { openWorld, type World } from '../flows/harness.ts'
import { type Ordered, order, pay } from '../flows/shopper.ts'

interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { key: string; value: Record<string, unknown> }[]
}

interface Received extends OtlpSpan {
  readonly service: string
}

interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: OtlpSpan['attributes'] }
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[]
  }[]
}

const attributeOf = (attributes: OtlpSpan['attributes'], key: string): unknown =>
  attributes.find((one) => one.key === key)?.value.stringValue

/** A collector: keeps what it is sent, with the headers it came with. */
async function openCollector() {
  const spans: Received[] = []
  const tokens = new Set<unknown>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      assert.equal(request.url, '/v1/traces')
      tokens.add(request.headers['x-api-key'])
      const raw = Buffer.concat(chunks)
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
      const { resourceSpans } = JSON.parse(text.toString()) as Body
      for (const { resource, scopeSpans } of resourceSpans)
        for (const { spans: some } of scopeSpans)
          for (const span of some)
            spans.push({
              ...span,
              service: String(attributeOf(resource.attributes, 'service.name')),
            })
      response.setHeader('content-type', 'application/json').end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    ...{ spans, tokens, url: `http://127.0.0.1:${port}` },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

let collector: Awaited<ReturnType<typeof openCollector>>
let world: World
let bought: Ordered
before(async () => {
  collector = await openCollector()
  const OTEL_EXPORTER_OTLP_ENDPOINT = collector.url
  world = await openWorld({
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=collect%20it',
    },
  })
  bought = await order(world.url)
  await pay(world.url, bought)
  await world.rest()
})
after(async () => {
  await world.stop()
  await collector.close()
})

const traceOf = (orderId: string): Received[] =>
  collector.spans.filter((span) => span.traceId === traceIdOf(orderId))

const WANTED = [
  'POST /orders/initiate',
  'rpc GetProductPrice',
  'order.processing.completed.v1',
  'SMTP send',
]

describe('OpenTelemetry', { timeout: 60_000 }, () => {
  test('traces – a purchase – all of it is one trace, every span below its cause', async () => {
    const spans = await poll(
      async () => traceOf(bought.orderId),
      (found) =>
        WANTED.every((name) => found.some((span) => span.name === name)) && found.length > 60,
    )
    const byId = new Map(spans.map((span) => [span.spanId, span]))
    assert.equal(byId.size, spans.length, 'no id twice')
    for (const name of WANTED)
      assert.ok(
        spans.some((span) => span.name === name),
        name,
      )
    const orphans = spans.filter(({ parentSpanId }) => parentSpanId && !byId.has(parentSpanId))
    assert.deepEqual(
      orphans.map(({ name, service }) => `${service} ${name}`),
      [],
    )
    const roots = spans.filter(({ parentSpanId }) => !parentSpanId).map(({ name }) => name)
    assert.ok(roots.includes('POST /orders/initiate'), roots.join())
    for (const { startTimeUnixNano, endTimeUnixNano } of spans)
      assert.ok(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano))
    assert.deepEqual([...collector.tokens], ['collect it'])
  })

  test('traces – who did what – from the shop’s client to the library, by service and parent', async () => {
    const spans = traceOf(bought.orderId)
    const byId = new Map(spans.map((span) => [span.spanId, span]))
    const pathOf = (span: Received | undefined): string[] =>
      span === undefined
        ? []
        : [...pathOf(byId.get(span.parentSpanId ?? '')), `${span.service} ${span.name}`]
    const price = spans.find((span) => span.name === 'rpc GetProductPrice')
    assert.deepEqual(pathOf(price), [
      'gateway POST /orders/initiate',
      'gateway POST /orders/initiate',
      'orders rpc GetProductPrice',
    ])
    const added = spans.find((span) => span.name === 'library.game.added.v1' && span.kind === 4)
    const path = pathOf(added)
    const completed = path.indexOf('orders order.processing.completed.v1')
    const consumed = path.indexOf('library order.processing.completed.v1')
    assert.ok(completed > 0 && consumed === completed + 1, path.join('\n'))
    assert.ok(path.indexOf('library library.game.added.v1') > consumed, path.join('\n'))
  })

  test('traces – an event of the log – its span has the id that every process makes of it', async () => {
    const { rows } = await world.db.pool.query(
      `select event_id from bus.log where type = 'order.created' and data->>'order_id' = $1`,
      [bought.orderId],
    )
    const found = collector.spans.filter((span) => span.spanId === spanIdOf(rows[0].event_id))
    assert.deepEqual(
      found.map(({ name, kind, service }) => [name, kind, service]),
      [['order.created', 4, 'orders']],
    )
  })

  test('traces – a request that belongs to no order – is a trace too, by its correlation', async () => {
    const answer = await callApi(world.url, 'GET /catalog/products?region=RU', {})
    const trace = traceIdOf(String(answer.headers['x-correlation-id']))
    const found = await poll(
      async () => collector.spans.filter((span) => span.traceId === trace),
      (spans) => spans.length >= 2,
    )
    assert.deepEqual(found.map(({ name, kind }) => [name, kind]).sort(), [
      ['GET /catalog/products', 2],
      ['GET /catalog/products', 3],
    ])
    const [status] = found.map(({ attributes }) =>
      attributes.find(({ key }) => key === 'http.response.status_code'),
    )
    assert.deepEqual(status?.value, { intValue: 200 })
  })
})
