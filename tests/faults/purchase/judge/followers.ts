// What follows a payment, each once: the posting in the ledger (I1, I2), the fiscal receipt (I10) and its mail, the confirmation,
// the purchase fact, the developers' shares, the copy of a limited edition. The register's books and the mailbox are believed, our tables are compared.

import type { Shop } from '../shop.ts'
import { broken, type Rows, type Rule } from './rows.ts'

/** What is there and what should be, by key; a difference has a null on one side or two amounts. */
const differ = (got: string, due: string): string => `
  select coalesce(g.id, d.id) as id, 'is ' || coalesce(g.what, 'absent') || ', should be ' || coalesce(d.what, 'absent') as what
    from (${got}) g full join (${due}) d on d.id = g.id where g.what is distinct from d.what`

const LEDGER: readonly Rule[] = [
  [
    'I1 posting does not sum to zero',
    `select e.posting_id as id, sum(e.amount_minor) || ' ' || a.currency as what
       from wallets.entries e join wallets.accounts a on a.id = e.account
      group by e.posting_id, a.currency having sum(e.amount_minor) <> 0`,
  ],
  [
    'I1 book does not sum to zero',
    `select currency as id, sum(balance_minor) as what from wallets.accounts group by currency having sum(balance_minor) <> 0`,
  ],
  [
    'I2 balance is not the sum of its entries',
    differ(
      `select id::text, balance_minor || ' after ' || version as what from wallets.accounts`,
      `select a.id::text, coalesce(sum(e.amount_minor), 0) || ' after ' || count(e.account) as what
         from wallets.accounts a left join wallets.entries e on e.account = a.id group by a.id`,
    ),
  ],
  [
    'I2 balance below its minimum',
    `select account_id as id, balance_minor as what from wallets.accounts where balance_minor < min_balance_minor`,
  ],
  [
    'I4 purchase in the ledger',
    differ(
      `select p.reference as id, string_agg((-e.amount_minor) || ' ' || a.currency, ' and ') as what
         from wallets.postings p join wallets.entries e using (posting_id) join wallets.accounts a on a.id = e.account
        where a.kind = 'clearing' group by p.reference`,
      `select order_id as id, total_minor || ' ' || currency as what from orders.orders
        where status = 'fulfilled' and total_minor > 0`,
    ),
  ],
]

const LINES = `orders.orders o join orders.order_lines l using (order_id)`

const SHARES: readonly Rule[] = [
  [
    'developer entry',
    differ(
      `select line_id as id, sum(sales) || ' sale of ' || sum(price_minor) as what
         from (select line_id, count(*) filter (where cause = 'sale') as sales, sum(price_minor) as price_minor
                 from developers.entries group by line_id, payment_id having sum(price_minor) <> 0) kept group by line_id`,
      `select line_id as id, '1 sale of ' || l.amount_minor as what from ${LINES} where o.status = 'fulfilled'`,
    ),
  ],
  [
    'developer balance is not the sum of its entries',
    differ(
      `select developer_id || ' ' || currency as id, balance_minor::text as what from developers.balances`,
      `select developer_id || ' ' || currency as id, sum(amount_minor)::text as what
         from developers.entries group by developer_id, currency`,
    ),
  ],
  [
    'developer balance is not what the ledger owes',
    differ(
      `select developer_id || ' ' || currency as id, balance_minor::text as what from developers.balances where balance_minor <> 0`,
      `select owner || ' ' || currency as id, balance_minor::text as what from wallets.accounts
        where kind = 'developer_payable' and balance_minor <> 0`,
    ),
  ],
  [
    'purchase fact',
    differ(
      `select line_id as id, string_agg(amount_minor || ' ' || currency, ' and ') as what
         from analytics.purchase_facts group by line_id`,
      `select line_id as id, l.amount_minor || ' ' || o.currency as what from ${LINES} where o.status = 'fulfilled'`,
    ),
  ],
]

const TOLD: readonly Rule[] = [
  [
    'confirmation',
    differ(
      `select order_id as id, string_agg(state, ' and ') as what from notifications.messages
        where template = 'order_confirmation' and channel = 'email' group by order_id`,
      `select order_id as id, 'sent' as what from orders.orders where status = 'fulfilled'`,
    ),
  ],
  [
    'mail of a receipt',
    differ(
      `select fact_id as id, string_agg(state, ' and ') as what from notifications.messages
        where template = 'fiscal_receipt_delivery' and channel = 'email' group by fact_id`,
      `select receipt_id as id, 'sent' as what from payments.receipts where state = 'fiscalized_success'`,
    ),
  ],
  [
    'message more than once on its channel',
    `select fact_id as id, template || ' ' || channel as what from notifications.messages
      group by fact_id, template, channel having count(*) > 1`,
  ],
  [
    'I10 receipt',
    differ(
      `select cause_id as id, kind || ' ' || string_agg(amount_minor::text, ' and ') as what from payments.receipts
        group by cause_id, kind`,
      `select payment_id as id, 'sale ' || captured_minor as what from payments.payments
        where captured_minor > 0 and currency = 'RUB'
       union all
       select refund_id, 'refund ' || r.amount_minor from payments.refunds r join payments.payments p using (payment_id)
        where r.state = 'succeeded' and p.currency = 'RUB'`,
    ),
  ],
]

const STOCK: readonly Rule[] = [
  [
    'stock is not what its reservations say',
    differ(
      `select product_id as id, held || ' held ' || sold || ' sold' as what from inventory.stock where held + sold > 0`,
      `select product_id as id, coalesce(sum(quantity) filter (where state = 'held'), 0) || ' held '
              || coalesce(sum(quantity) filter (where state = 'committed'), 0) || ' sold' as what
         from inventory.reservations where state <> 'released' group by product_id`,
    ),
  ],
  [
    'copy of a limited edition',
    differ(
      `select order_id || ' ' || product_id as id, quantity || ' ' || state as what from inventory.reservations
        where state = 'committed'`,
      `select order_id || ' ' || product_id as id, l.quantity || ' committed' as what
         from ${LINES} join inventory.stock s using (product_id) where o.status = 'fulfilled'`,
    ),
  ],
]

/** The register's documents are our receipts, one each: neither twice, nor another sum, nor one that nobody asked for. */
async function judgeRegister(db: Rows, { register }: Shop): Promise<string[]> {
  const done = register.control.books().documents.filter(({ status }) => status === 'done')
  const { rows } = await db.query(
    `select receipt_id, register_uuid, case kind when 'sale' then 'sell' else 'sell_refund' end || ' ' || amount_minor as due,
            fiscal_document_number as number from payments.receipts where state = 'fiscalized_success'`,
  )
  const ours = new Map(rows.map((row) => [row.register_uuid, row]))
  const found = done.flatMap((document) => {
    const row = ours.get(document.uuid)
    ours.delete(document.uuid)
    if (row === undefined) return [`I10 document ${document.externalId} is no receipt of ours`]
    const is = `${document.operation} ${document.totalMinor}`
    if (is !== row.due)
      return [`I10 document ${document.externalId} is ${is}, not ${String(row.due)}`]
    const number = String(document.fiscal?.documentNumber)
    return number === row.number ? [] : [`I10 document ${document.externalId} has another number`]
  })
  for (const { receipt_id } of ours.values())
    found.push(`I10 receipt ${String(receipt_id)} is not in the register`)
  return found
}

/** Every message that counts as sent arrived, and nothing else did. A crash may have sent one twice under its own id. */
async function judgeMailbox(db: Rows, { mailbox }: Shop): Promise<string[]> {
  const arrived = new Set(mailbox.control.mails().map(({ messageId }) => idOf(messageId)))
  const { rows } = await db.query(
    `select message_id, state from notifications.messages where channel = 'email'`,
  )
  const found = rows
    .filter((row) => row.state === 'sent' && !arrived.has(String(row.message_id)))
    .map((row) => `mail ${String(row.message_id)} never arrived`)
  const known = new Set(rows.map((row) => row.message_id))
  for (const id of arrived) if (!known.has(id)) found.push(`mail ${id} is nobody's message`)
  return found
}

/** `<msg_…@domain>` without its dress. */
const idOf = (messageId: string): string => /^<?([^@<>]+)@/.exec(messageId)?.[1] ?? messageId

export async function judgeFollowers(db: Rows, shop: Shop): Promise<string[]> {
  return [
    ...(await broken(db, [...LEDGER, ...SHARES, ...TOLD, ...STOCK])),
    ...(await judgeRegister(db, shop)),
    ...(await judgeMailbox(db, shop)),
  ]
}
