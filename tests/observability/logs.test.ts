// What the log says when something goes wrong in a purchase: lines that can be found by the order, by the request that a caller
// complains of, and by the trace; and nothing in them that belongs to a person.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { showItems } from '@rialto/flows/testing/shown.ts'
import { traceIdOf } from '@rialto/kernel/trace/spans.ts'
import { callApi, poll } from 'rialto/demo/buyer.ts'
import { openWorld, type World } from '../flows/harness.ts'
import { type Ordered, order, paymentBody } from '../flows/shopper.ts'
import { publishUnreadable } from './unreadable.ts'

interface Line extends Record<string, unknown> {
  readonly level: string
  readonly service?: string
  readonly flow?: string
  readonly trace_id?: string
  readonly correlation?: string
}

let world: World
let ordered: Ordered
let correlation: string
before(async () => {
  world = await openWorld()
  ordered = await order(world.url)
  world.platform.sandbox?.control.addFault({ operation: 'any', kind: 'reset_before', times: 1 })
  const { buyer, orderId } = ordered
  const answer = await callApi(world.url, 'POST /payments/transactions/initiate', {
    token: buyer.token,
    key: 'a-key-of-this-test-0001',
    body: paymentBody(orderId),
  })
  correlation = String(answer.headers['x-correlation-id'])
})
after(() => world.stop())

const lines = async (): Promise<Line[]> =>
  (await world.logged()).map((line) => JSON.parse(line) as Line)

describe('logs', { timeout: 60_000 }, () => {
  test('logs – the provider resets the connection – the line names service, request, order and trace', async (t) => {
    const found = (await lines()).filter(({ flow }) => flow === ordered.orderId)
    const warned = found.find(({ level, service }) => level === 'warn' && service === 'payments')
    assert.ok(warned !== undefined, JSON.stringify(found))
    assert.match(String(warned.msg), /provider did not answer/)
    assert.equal(warned.correlation, correlation)
    assert.equal(warned.trace_id, traceIdOf(ordered.orderId))
    assert.match(String(warned.err && JSON.stringify(warned.err)), /ECONNRESET|other side closed/)
    showItems(['M.R9'], t.fullName, ordered.orderId)
  })

  test('logs – a handler cannot read an event – the line names group, event, order and why', async () => {
    const eventId = await publishUnreadable(world, ordered.orderId)
    const found = await poll(lines, (all) => all.some(({ event }) => event === eventId))
    const [line] = found.filter(({ event }) => event === eventId)
    assert.equal(line?.level, 'warn')
    assert.deepEqual([line.flow, line.trace_id], [ordered.orderId, traceIdOf(ordered.orderId)])
    assert.ok(line.service !== undefined && typeof line.group === 'string', JSON.stringify(line))
    assert.match(JSON.stringify(line.error), /does not fit its schema/)
  })

  test('logs – the same lines – hold no address, token or password of the buyer', async () => {
    const text = (await world.logged()).join('\n')
    const { email, token } = ordered.buyer
    for (const secret of [email, token, token.split('.')[2] ?? '', 'a sandbox password only'])
      assert.ok(!text.includes(secret), secret)
    assert.doesNotMatch(text, /[\w.+-]+@[\w-]+\.[a-z]{2,}/i)
  })

  test('logs – what somebody logs by its field name – is taken out, at three depths', async () => {
    const { log } = world.platform.env
    log.warn({ email: 'planted@person.example', user: { phone: '+79990000000' } }, 'planted')
    log.warn({ a: { b: { authorization: 'planted-token' } } }, 'planted')
    const text = (await world.logged()).join('\n')
    assert.equal(text.match(/"msg":"planted"/g)?.length, 2)
    assert.doesNotMatch(text, /planted@person|79990000000|planted-token/)
  })
})
