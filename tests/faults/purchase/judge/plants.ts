// Deviations to plant into a shop where all is well. A judge that does not name each of them proves nothing by its silence.

import assert from 'node:assert/strict'
import type { Shop } from '../shop.ts'
import { judge } from './judge.ts'

const ORDER = `(select order_id from orders.orders order by order_id limit 1)`
const EVENT = `(select event_id from bus.log where type = 'order.created' order by off limit 1)`

export type Plant = readonly [what: string, sql: string, named: RegExp]

export const PLANTED: readonly Plant[] = [
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
    /^I4 we say nobody \d+-0, the provider /,
  ],
  [
    'a payment that only the provider knows',
    `delete from payments.payments where order_id = ${ORDER}`,
    /^I4 we say nothing, the provider \S+ \d+-0/,
  ],
  [
    'a game granted twice',
    `insert into library.items select 'lib_twice', user_id, product_id || 'b', title, state, acquisition_type, order_id,
       line_id || 'b', purchased_at from library.items where order_id = ${ORDER}`,
    /^I3 2 in the library/,
  ],
]

const LINE = `(select line_id from orders.order_lines order by line_id limit 1)`

/** What follows a payment. */
export const PLANTED_LATER: readonly Plant[] = [
  [
    'a receipt that is missing',
    `delete from payments.receipts where order_id = ${ORDER}`,
    /^I10 receipt: pay_\w+ is absent, should be sale /,
  ],
  [
    'a document that is no receipt',
    `update payments.receipts set register_uuid = 'nobody' where order_id = ${ORDER}`,
    /^I10 document rcp_\S+ is no receipt of ours/,
  ],
  [
    'a receipt that the register does not know',
    `update payments.receipts set register_uuid = 'nobody' where order_id = ${ORDER}`,
    /^I10 receipt rcp_\w+ is not in the register/,
  ],
  [
    'a receipt of another sum',
    `update payments.receipts set amount_minor = amount_minor + 1 where order_id = ${ORDER}`,
    /^I10 document \S+ is sell \d+, not sell /,
  ],
  [
    'a receipt that waits',
    `update payments.receipts set state = 'pending', fn_number = null where order_id = ${ORDER}`,
    /^I12 receipt not registered/,
  ],
  [
    'a confirmation that nobody got',
    `delete from notifications.messages where template = 'order_confirmation' and order_id = ${ORDER}`,
    /^confirmation: ord_\w+ is absent, should be sent/,
  ],
  [
    'a confirmation sent twice',
    `insert into notifications.messages (message_id, user_id, template, channel, fact_id, facts, order_id, state, cause,
       correlation, created_at)
     select 'msg_twice', user_id, template, channel, fact_id || 'b', facts, order_id, 'sent', cause, correlation, created_at
       from notifications.messages where template = 'order_confirmation' and order_id = ${ORDER}`,
    /^confirmation: ord_\w+ is sent and sent, should be sent/,
  ],
  [
    'a mail said to be sent',
    `insert into notifications.messages (message_id, user_id, template, channel, fact_id, facts, state, cause, correlation, created_at)
     select 'msg_never', user_id, template, channel, 'never', facts, 'sent', cause, correlation, created_at
       from notifications.messages limit 1`,
    /^mail msg_never never arrived/,
  ],
  [
    'a mail of nobody',
    `update notifications.messages set message_id = message_id || 'b' where order_id = ${ORDER}`,
    /^mail msg_\w+ is nobody's message/,
  ],
  [
    'a receipt that was not mailed',
    `delete from notifications.messages where template = 'fiscal_receipt_delivery' and order_id = ${ORDER}`,
    /^mail of a receipt: rcp_\w+ is absent/,
  ],
  [
    'a purchase that was not counted',
    `delete from analytics.purchases where order_id = ${ORDER}`,
    /^purchase fact: lin_\w+ is absent/,
  ],
  [
    'a line counted twice',
    `insert into analytics.purchase_lines select order_id, line_id || 'b', payment_id, product_id, title, developer_id,
       amount_minor, currency, region from analytics.purchase_lines where order_id = ${ORDER}`,
    /^purchase fact: lin_\w+ is \d+ RUB, should be absent/,
  ],
  [
    'a developer who was not credited',
    `delete from developers.entries where line_id = ${LINE}`,
    /^developer entry: lin_\w+ is absent, should be 1 sale/,
  ],
  [
    'a developer credited twice',
    `insert into developers.entries select order_id, line_id || 'b', cause, payment_id, developer_id, product_id, title,
       price_minor, tax_minor, amount_minor, currency, sold_at, booked_at from developers.entries where line_id = ${LINE}`,
    /^developer entry: lin_\w+ is 1 sale of \d+, should be absent/,
  ],
  [
    'a balance that its entries do not explain',
    `update developers.balances set balance_minor = balance_minor + 1`,
    /^developer balance is not the sum of its entries/,
  ],
  [
    'a balance that the ledger does not owe',
    `update wallets.accounts set balance_minor = balance_minor + 1 where kind = 'developer_payable'`,
    /^developer balance is not what the ledger owes/,
  ],
  [
    'a purchase that the ledger does not know',
    `delete from wallets.entries where posting_id = (select posting_id from wallets.postings where reference = ${ORDER})`,
    /^I4 purchase in the ledger: ord_\w+ is absent/,
  ],
  [
    'an entry without its counterpart',
    `delete from wallets.entries where posting_id = (select posting_id from wallets.postings where reference = ${ORDER}) and leg = 1`,
    /^I1 posting does not sum to zero/,
  ],
  [
    'money out of nothing',
    `update wallets.accounts set balance_minor = balance_minor + 1 where kind = 'revenue'`,
    /^I1 book does not sum to zero/,
  ],
  [
    'a balance that was overwritten',
    `update wallets.accounts set version = version + 1 where kind = 'tax'`,
    /^I2 balance is not the sum of its entries/,
  ],
  [
    'a copy that was not counted',
    `update inventory.stock set sold = sold + 1`,
    /^stock is not what its reservations say/,
  ],
  [
    'a wallet below zero',
    `alter table wallets.accounts drop constraint balance_within_minimum;
     update wallets.accounts set min_balance_minor = balance_minor + 1 where kind = 'tax'`,
    /^I2 balance below its minimum/,
  ],
]

export const booksOf = ({ sandbox }: Shop) => sandbox.control.books()

/** Plants it into a transaction that is rolled back, past the guards of the tables: they are not what is tried here. */
export async function tryPlant(shop: Shop, [what, sql, named]: Plant): Promise<void> {
  const client = await shop.pool.connect()
  try {
    await client.query('begin')
    await client.query('set local session_replication_role = replica')
    const planted = [await client.query(sql)].flat().at(-1)
    assert.ok((planted?.rowCount ?? 0) > 0, `${what}: nothing was planted`)
    const { violations } = await judge({ db: client, shop, books: booksOf(shop), placed: [] })
    assert.ok(
      violations.some((line) => named.test(line)),
      `${what}: ${JSON.stringify(violations)}`,
    )
  } finally {
    await client.query('rollback')
    client.release()
  }
}
