// The published vectors of formats that others define. Webhooks of our own are not sent yet: their library is held to its vector so
// that the day it is used brings no surprise. Our Kafka records are read by a library that is not ours. The vectors of YooKassa and
// of the fiscal register stand beside the code that they prove.

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { toWire } from '@rialto/kernel/bus/kafka/wire.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { type CloudEvent, Kafka } from 'cloudevents'
import { Webhook } from 'standardwebhooks'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const MESSAGE = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
const SENT_SECONDS = 1_614_265_330
const BODY = '{"test": 2432232314}'
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='

test('Standard Webhooks – the published vector – signed alike by the library and by hand', () => {
  const signed = new Webhook(SECRET).sign(MESSAGE, new Date(SENT_SECONDS * 1_000), BODY)
  assert.equal(signed, SIGNATURE)
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64')
  const content = `${MESSAGE}.${SENT_SECONDS}.${BODY}`
  assert.equal(`v1,${createHmac('sha256', key).update(content).digest('base64')}`, SIGNATURE)
})

test('Standard Webhooks – the vector years later, or another body – refused', () => {
  const headers = {
    'webhook-id': MESSAGE,
    'webhook-timestamp': String(SENT_SECONDS),
    'webhook-signature': SIGNATURE,
  }
  assert.throws(() => new Webhook(SECRET).verify(BODY, headers), /too old/)
  const now = Math.floor(performance.timeOrigin / 1_000)
  const fresh = new Webhook(SECRET).sign(MESSAGE, new Date(now * 1_000), BODY)
  const today = { ...headers, 'webhook-timestamp': String(now), 'webhook-signature': fresh }
  assert.deepEqual(new Webhook(SECRET).verify(BODY, today), { test: 2_432_232_314 })
  assert.throws(() => new Webhook(SECRET).verify(BODY.replace('2', '3'), today), /signature/i)
})

test('CloudEvents – an event as our relay sends it – read by the CloudEvents library, with nothing lost', () => {
  const event: Envelope = {
    id: '0199e4c6-2c1f-7c3e-8f2e-0d9a4b1c2d3e',
    type: 'order.created.v1',
    version: 1,
    source: 'orders',
    topic: 'All_SalesOrder',
    key: 'ord_1',
    time: '2026-11-21T09:00:00.000Z',
    data: { order_id: 'ord_1', total_amount: 79_900, currency: 'RUB', title: 'Звёздный путь' },
    headers: { correlation: 'c1', flow: 'ord_1' },
  }
  const { key, value, headers } = toWire({ topic: 1, part: 3, off: 42n, event }, 'a-log')
  const pairs = [...headers].map(([name, text]) => [name.toString(), text.toString()])
  const read = Kafka.toEvent({
    ...{ key: key.toString(), value: value.toString() },
    ...{ headers: Object.fromEntries(pairs), body: undefined },
  }) as CloudEvent
  assert.equal(read.validate(), true)
  const { id, type, source, time, specversion, datacontenttype, data } = read
  assert.deepEqual(
    { id, type, source, time, specversion, datacontenttype },
    {
      ...{ id: event.id, type: event.type, source: event.source, time: event.time },
      ...{ specversion: '1.0', datacontenttype: 'application/json' },
    },
  )
  assert.deepEqual(typeof data === 'string' ? JSON.parse(data) : data, event.data)
  assert.equal(read.rialtooffset, '42')
  assert.equal(read.rialtoflow, 'ord_1')
})
