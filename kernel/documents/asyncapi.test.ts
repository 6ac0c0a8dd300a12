import assert from 'node:assert/strict'
import { test } from 'node:test'
import Type from 'typebox'
import { event } from '../pure/contract.ts'
import { type AsyncApiInput, asyncApiDocument } from './asyncapi.ts'

const Money = Type.Object({ amount: Type.Integer(), currency: Type.String() }, { $id: 'Money' })
const created = event({
  type: 'order.created',
  source: 'orders',
  key: 'order_id',
  summary: 'An order was placed.',
  data: Type.Object({ order_id: Type.String(), total: Money }),
})
const paid = event({
  type: 'payment.completed',
  version: 2,
  source: 'payments',
  key: 'order_id',
  summary: 'Money arrived.',
  data: Type.Object({ order_id: Type.String(), total: Money }),
})

const input: AsyncApiInput = {
  events: [paid, created],
  subscribers: new Map([['payment.completed', ['orders', 'library']]]),
  info: { title: 'Test', version: '1' },
}

type Node = Record<string, unknown>
const at = (document: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce((node: unknown, step) => (node as Node | undefined)?.[step], document)

function refsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const own = '$ref' in node && typeof node.$ref === 'string' ? [node.$ref] : []
  return [...own, ...Object.values(node).flatMap(refsOf)]
}

test('AsyncAPI – every reference – resolves inside the document', () => {
  const document = asyncApiDocument(input)
  const refs = refsOf(document)
  assert.ok(refs.length >= 10, `${refs.length} references`)
  for (const ref of refs) assert.notEqual(at(document, ref.slice(1)), undefined, ref)
})

test('AsyncAPI – two events, one subscribed twice – channels, operations and message as specified', () => {
  const document = asyncApiDocument(input)
  assert.equal(document.asyncapi, '3.0.0')
  assert.deepEqual(document.channels, {
    orders: {
      address: 'orders',
      messages: { 'order.created': { $ref: '#/components/messages/order.created' } },
    },
    payments: {
      address: 'payments',
      messages: { 'payment.completed-2': { $ref: '#/components/messages/payment.completed-2' } },
    },
  })
  assert.deepEqual(Object.keys(document.operations as Node), [
    'orders.send.order.created',
    'payments.send.payment.completed-2',
    'orders.receive.payment.completed-2',
    'library.receive.payment.completed-2',
  ])
  assert.deepEqual(at(document, '/operations/library.receive.payment.completed-2'), {
    action: 'receive',
    channel: { $ref: '#/channels/payments' },
    summary: 'library handles payment.completed',
    tags: [{ name: 'library' }],
    messages: [{ $ref: '#/channels/payments/messages/payment.completed-2' }],
  })
  assert.deepEqual(at(document, '/components/messages/order.created'), {
    name: 'order.created',
    title: 'order.created',
    summary: 'An order was placed.',
    contentType: 'application/json',
    headers: { $ref: '#/components/schemas/CloudEventHeaders' },
    payload: {
      type: 'object',
      required: ['order_id', 'total'],
      properties: { order_id: { type: 'string' }, total: { $ref: '#/components/schemas/Money' } },
    },
    correlationId: { location: '$message.header#/ce_correlationid' },
    tags: [{ name: 'orders' }],
    bindings: { kafka: { key: { type: 'string', description: '`order_id` of the data.' } } },
  })
})

test('AsyncAPI – an event twice, a subscriber of nothing, a name that breaks references – refused by name', () => {
  const refused = (change: Partial<AsyncApiInput>, message: RegExp) =>
    assert.throws(() => asyncApiDocument({ ...input, ...change }), message)
  refused({ events: [created, created, paid] }, /two events are called order\.created/)
  refused({ events: [created] }, /payment\.completed has subscribers and no definition/)
  refused({ events: [{ ...created, topic: 'or/ders' }, paid] }, /"or\/ders" cannot be a name/)
})
