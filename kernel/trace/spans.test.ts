import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Handled } from '../bus/hooks.ts'
import type { Envelope } from '../pure/envelope.ts'
import type { Interaction } from '../pure/interaction.ts'
import { openSpans, type Span, spanIdOf, traceIdOf } from './spans.ts'

const FLOW = 'ord_1'
const open = () =>
  openSpans({
    services: new Map([
      ['APIGW', 'gateway'],
      ['OrderSvc', 'orders'],
    ]),
    groups: new Map([
      ['orders', 'orders'],
      ['observer', 'observer'],
    ]),
    witness: 'observer',
  })

const noted = (id: string, of: Partial<Interaction>): Interaction => ({
  ...{ id, flow: FLOW, from: 'OrderSvc', to: 'OrderSvc', kind: 'step', name: 'order:paid' },
  ...{ at: 1_000, seq: 1, outcome: 'ok', attempt: 1 },
  ...of,
})

const event: Envelope = {
  ...{
    id: 'event-1',
    type: 'order.created',
    version: 1,
    source: 'orders',
    topic: 'All_SalesOrder',
  },
  ...{ key: FLOW, time: '1970-01-01T00:00:01.500Z', data: {} },
  headers: { correlation: 'c', seq: 2, flow: FLOW, causation: 'inner' },
}
const handled = (group: string, of: Partial<Handled> = {}): Handled => ({
  ...{ group, event, outcome: 'done', attempt: 1, ms: 20 },
  ...of,
})

const named = (spans: readonly Span[], name: string): Span => {
  const found = spans.filter((span) => span.name === name)
  assert.equal(found.length, 1, `${found.length} spans ${name}`)
  return found[0] as Span
}

test('spans – a request through the gateway – its call and reply are one span each, in one trace, the inner below the outer', () => {
  const spans = open()
  const call = { kind: 'call', name: 'POST /orders' } as const
  const reply = { kind: 'reply', name: 'POST /orders', outcome: '201' } as const
  spans.record([
    noted('outer', { ...call, from: 'ClientApp', to: 'APIGW', at: 1_000 }),
    noted('inner', { ...call, from: 'APIGW', to: 'OrderSvc', at: 1_001, parent: 'outer' }),
    noted('step', { parent: 'inner', at: 1_005 }),
    noted('r1', { ...reply, from: 'OrderSvc', to: 'APIGW', at: 1_010, parent: 'inner' }),
    noted('r2', { ...reply, from: 'APIGW', to: 'ClientApp', at: 1_011, parent: 'outer' }),
  ])
  assert.deepEqual(spans.take(2_000), [])
  const taken = spans.take(3_000)
  assert.equal(taken.length, 3)
  assert.ok(
    taken.every((span) => span.traceId === traceIdOf(FLOW) && /^[0-9a-f]{32}$/.test(span.traceId)),
  )
  const outer = taken.find((span) => span.kind === 'server')
  const inner = taken.find((span) => span.kind === 'client')
  assert.deepEqual(
    [outer?.service, outer?.parentId, outer?.startMs, outer?.endMs],
    ['gateway', undefined, 1_000, 1_011],
  )
  assert.deepEqual(
    [inner?.service, inner?.parentId, inner?.failed],
    ['gateway', outer?.spanId, false],
  )
  const step = named(taken, 'order:paid')
  assert.deepEqual([step.service, step.parentId], ['orders', inner?.spanId])
})

test('spans – an event – published below its cause, each try below it, and what a try did below that try', () => {
  const spans = open()
  spans.handled(handled('observer'), 1_600)
  spans.handled(handled('orders', { outcome: 'failed' }), 1_600)
  spans.handled(handled('orders', { attempt: 2 }), 1_700)
  spans.record([noted('step', { parent: 'event-1' })])
  const taken = [...spans.take(2_000), ...spans.take(3_000)]
  const [published, first, second] = taken
  assert.deepEqual(
    [published?.kind, published?.service, published?.parentId, published?.startMs],
    ['producer', 'orders', spanIdOf('inner'), 1_500],
  )
  assert.deepEqual(
    [first?.kind, first?.failed, first?.parentId],
    ['consumer', true, published?.spanId],
  )
  assert.deepEqual([second?.failed, second?.startMs, second?.endMs], [false, 1_680, 1_700])
  assert.notEqual(first?.spanId, second?.spanId)
  assert.equal(named(taken, 'order:paid').parentId, second?.spanId)
})

test('spans – a repeat, a fenced try, an event of no flow – none', () => {
  const spans = open()
  spans.handled(handled('orders', { outcome: 'repeat' }), 1_000)
  spans.handled(handled('orders', { outcome: 'fenced' }), 1_000)
  const flowless = { ...event, headers: { correlation: 'c', seq: 1 } }
  spans.handled(handled('orders', { event: flowless }), 1_000)
  assert.deepEqual(spans.takeAll(), [])
})

test('spans – a call without a reply – told as failed once it is too late for one', () => {
  const spans = open()
  spans.record([noted('lost', { kind: 'call', to: 'PSP', name: 'POST /payments' })])
  spans.take(2_000)
  assert.deepEqual(spans.take(3_000), [])
  const [late] = spans.take(40_000)
  assert.deepEqual([late?.name, late?.failed, late?.kind], ['POST /payments', true, 'client'])
})

test('spans – an answer that is a failure – marks its span; a refusal does not', () => {
  const spans = open()
  for (const [id, outcome] of [
    ['a', '503'],
    ['b', '409'],
    ['c', 'timeout'],
  ] as const)
    spans.record([
      noted(id, { kind: 'call', to: 'PSP', name: id }),
      noted(`${id}r`, { kind: 'reply', from: 'PSP', to: 'OrderSvc', outcome, parent: id }),
    ])
  const taken = spans.takeAll()
  assert.deepEqual(
    taken.map(({ name, failed }) => [name, failed]),
    [
      ['a', true],
      ['b', false],
      ['c', true],
    ],
  )
})

test('spans – nobody takes them – a bounded number waits and the rest is counted as lost', () => {
  const spans = open()
  for (let i = 0; i < 60; i++)
    spans.record(Array.from({ length: 1_000 }, (_, n) => noted(`${i}-${n}`, {})))
  assert.equal(spans.lost + spans.takeAll().length, 60_000)
  assert.ok(spans.lost >= 10_000)
})
