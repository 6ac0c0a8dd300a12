// The judge itself is tried: each deviation planted into a shop where all is well must be named, or its silence proves nothing.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Crowd } from './buyer.ts'
import { judge } from './judge.ts'
import { openShop, until } from './shop.ts'

const ORDER = `(select order_id from orders.orders order by order_id limit 1)`
const EVENT = `(select event_id from bus.log where type = 'order.created' order by off limit 1)`

const PLANTED: readonly (readonly [what: string, sql: string, named: RegExp])[] = [
  [
    'an event that a group never handled',
    `delete from bus.inbox where consumer = 'payments' and event_id = ${EVENT}`,
    /^I5 order\.created .* was lost at payments/,
  ],
  [
    'an event handled and dead',
    `insert into bus.discarded (grp, event_id, type, key, headers, data, attempts, reason, discarded_by)
     select 'payments', event_id, type, key, headers, data, 4, 'planted', 'test' from bus.log where event_id = ${EVENT} limit 1`,
    /^I5 order\.created .* was handled and set aside at payments/,
  ],
  [
    'an effect told twice',
    `insert into bus.log select topic, part, nextval('bus.off_' || topic), gen_random_uuid(), key, type, version, source,
       occurred_at, headers, data from bus.log where type = 'order.completed' limit 1`,
    /^I5 order\.completed was published 2 times/,
  ],
  [
    'an event handled before its predecessor',
    `update bus.inbox set handled_at = handled_at + interval '1 hour' where consumer = 'payments' and event_id = ${EVENT}`,
    /^I6 payments handled .* before order\.created/,
  ],
  [
    'an order that waits past its time',
    `update orders.orders set status = 'pending_payment', expires_at = created_at where order_id = ${ORDER}`,
    /^I12 order past its time/,
  ],
  [
    'a payment without an end',
    `update payments.payments set status = 'processing' where order_id = ${ORDER}`,
    /^I12 payment of an order that has ended/,
  ],
  [
    'an operation without a result',
    `update payments.operations set state = 'unknown'`,
    /^I12 operation without a result/,
  ],
  [
    'a notification that nobody read',
    `update payments.webhook_inbox set state = 'received'`,
    /^I12 notification not read/,
  ],
  [
    'money without the order',
    `update orders.orders set status = 'canceled' where order_id = ${ORDER}`,
    /^I3 1 captured while canceled/,
  ],
  [
    'paid and never delivered',
    `delete from library.items where order_id = ${ORDER}`,
    /^I3 0 in the library/,
  ],
  [
    'another sum than was taken',
    `update orders.orders set total_minor = total_minor + 1 where order_id = ${ORDER}`,
    /^I4 \d+ taken, \d+ RUB due/,
  ],
  [
    'a payment that the provider does not know',
    `update payments.payments set provider_payment_id = 'nobody' where order_id = ${ORDER}`,
    /^I4 we say nobody, the provider /,
  ],
]

test('judge – a shop where all is well, then one deviation at a time – silent, then names it', {
  timeout: 120_000,
}, async (t) => {
  const shop = await openShop(t)
  const crowd = new Crowd(shop)
  await shop.open()
  await Promise.all([crowd.buy(), crowd.buy(), crowd.buy()])
  const books = shop.sandbox.control.books()
  const client = await shop.pool.connect()
  try {
    await until('all is well', async () => {
      const { violations } = await judge(client, books, crowd.placed)
      return violations.length === 0
    })
    for (const [what, sql, named] of PLANTED) {
      await client.query('begin')
      const { rowCount } = await client.query(sql)
      assert.ok((rowCount ?? 0) > 0, `${what}: nothing was planted`)
      const { violations } = await judge(client, books, crowd.placed)
      await client.query('rollback')
      assert.ok(
        violations.some((line) => named.test(line)),
        `${what}: ${JSON.stringify(violations)}`,
      )
    }
    const [paid] = books.payments
    assert.ok(paid)
    const twice = { ...books, payments: [...books.payments, { ...paid, id: 'second' }] }
    const { violations } = await judge(client, twice, ['ord_lost'])
    for (const named of [
      /^money was taken 2 times/,
      /^money second is a second payment/,
      /^history: ord_lost/,
    ])
      assert.ok(
        violations.some((line) => named.test(line)),
        String(violations),
      )
  } finally {
    client.release()
  }
  await shop.stop()
})
