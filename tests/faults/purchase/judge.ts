// What must be true once everything has come to rest, by the numbers of the reliability plan: each line names the invariant and
// the case. Reads the platform's tables and the provider's books, and believes neither the platform nor its interface.

import { services } from '@rialto/server/services.ts'
import type { Crowd } from './buyer.ts'
import { type Shop, until } from './shop.ts'

interface Rows {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

type Books = ReturnType<Shop['sandbox']['control']['books']>

export interface Verdict {
  readonly violations: readonly string[]
  /** Events, and how many deliveries to groups were owed and made. */
  readonly published: number
  readonly owed: number
  readonly handled: number
  readonly dead: number
  readonly paid: number
}

/** Which group owes an answer to which type of event. The observer reads all. */
const WANTS: readonly (readonly [group: string, type: string])[] = services.flatMap((service) =>
  service.handlers.map((handler) => [handler.group ?? service.name, handler.event.type] as const),
)

/** Each group's deliveries: event by event, a copy of an event counting as the event that it is a copy of. */
const DELIVERIES = `
  with wants as (select * from unnest($1::text[], $2::text[]) w(grp, type)),
  events as (select topic, part, event_id, key, type, min(off) as off from bus.log group by 1, 2, 3, 4, 5),
  owed as (
    select grp, e.* from events e join wants using (type)
    union all select 'observer', e.* from events e)
  select o.*, i.handled_at, i.event_id is not null as handled,
         exists (select from bus.parked p where p.grp = o.grp and p.event_id = o.event_id and p.dead_at is not null)
           or exists (select from bus.discarded d where d.grp = o.grp and d.event_id = o.event_id) as dead,
         exists (select from bus.parked p where p.grp = o.grp and p.event_id = o.event_id and p.dead_at is null) as waiting
    from owed o left join bus.inbox i on i.consumer = o.grp and i.event_id = o.event_id`

const wants = (): unknown[] => [WANTS.map(([group]) => group), WANTS.map(([, type]) => type)]

/** I5: published = handled + dead + parked, none twice. */
async function judgeDeliveries(db: Rows) {
  const { rows } = await db.query(
    `select grp, type, event_id, handled, dead, waiting from (${DELIVERIES}) d`,
    wants(),
  )
  const found = rows.flatMap((row) => {
    const states = [row.handled, row.dead, row.waiting].filter((state) => state === true).length
    if (states === 1 && row.waiting === false) return []
    const what =
      states === 0 ? 'was lost' : row.waiting === true ? 'still waits' : 'was handled and set aside'
    return [`I5 ${String(row.type)} ${String(row.event_id)} ${what} at ${String(row.grp)}`]
  })
  const count = (state: string): number => rows.filter((row) => row[state] === true).length
  return { found, owed: rows.length, handled: count('handled'), dead: count('dead') }
}

/** I6: per group and key, in the order of the log. */
async function judgeOrder(db: Rows): Promise<string[]> {
  const { rows } = await db.query(
    `select * from (
       select grp, key, type, event_id, handled_at,
              lag(handled_at) over w as before_at, lag(type) over w as before_type
         from (${DELIVERIES}) d where handled window w as (partition by grp, topic, key order by off)) o
      where handled_at < before_at`,
    wants(),
  )
  return rows.map(
    (r) =>
      `I6 ${String(r.grp)} handled ${String(r.type)} of ${String(r.key)} before ${String(r.before_type)}`,
  )
}

/** I12 and the like: each query names what should be at its end and is not. */
const UNFINISHED: readonly (readonly [what: string, query: string])[] = [
  [
    'I12 order past its time',
    `select order_id as id, status from orders.orders where status = 'completed'
        or (status = 'pending_payment' and expires_at <= clock_timestamp())`,
  ],
  [
    'I12 payment of an order that has ended',
    `select p.payment_id as id, p.status from payments.payments p join orders.orders o using (order_id)
      where o.status <> 'pending_payment' and p.status not in ('completed', 'failed', 'canceled')`,
  ],
  [
    'I12 operation without a result',
    `select o.operation_id as id, o.state as status from payments.operations o join payments.payments p using (payment_id)
      where o.state in ('init', 'sent', 'unknown')
         or (o.state = 'pending' and p.status in ('completed', 'failed', 'canceled'))`,
  ],
  [
    'I12 notification not read',
    `select inbox_id as id, state as status from payments.webhook_inbox where state = 'received'`,
  ],
  [
    'I12 key at work for ever',
    `select key as id, state as status from kernel.idempotency where state = 'running'`,
  ],
  [
    'I12 job not done',
    `select name as id, state::text as status from pgboss.job where state <> 'completed'`,
  ],
  [
    'review that nobody caused',
    `select subject as id, reason as status from payments.reviews where resolved_at is null`,
  ],
]

async function unfinished(db: Rows): Promise<string[]> {
  const found: string[] = []
  for (const [what, query] of UNFINISHED)
    for (const row of (await db.query(query)).rows)
      found.push(`${what}: ${String(row.id)} ${String(row.status)}`)
  return found
}

const ORDERS = `
  select o.order_id, o.status, o.total_minor::text as total, o.currency,
         (select count(*)::int from library.items i where i.order_id = o.order_id and i.state = 'owned') as items,
         (select count(*)::int from orders.order_lines l where l.order_id = o.order_id) as lines,
         array(select provider_payment_id from payments.payments p where p.order_id = o.order_id and p.status = 'completed')
           as completed
    from orders.orders o`

/** A repeat of a call must not have become a second payment, whether anybody pays it or not. */
function judgeOperations({ payments }: Books): string[] {
  const seen = new Set<string>()
  return payments.flatMap(({ id, metadata }) => {
    const { operation_id: operation } = metadata
    if (operation === undefined || !seen.has(operation)) {
      if (operation !== undefined) seen.add(operation)
      return []
    }
    return [`money ${id} is a second payment at the provider for ${operation}`]
  })
}

/** Each paid order has its game, was charged once, and both books say the same. */
async function judgeMoney(db: Rows, books: Books) {
  const captured = books.payments.filter((payment) => payment.capturedMinor > 0)
  const { rows: orders } = await db.query(ORDERS)
  const known = new Set(orders.map((order) => order.order_id))
  const found = captured
    .filter((payment) => !known.has(payment.metadata.order_id))
    .map((payment) => `money ${payment.id} was taken for no order of ours`)
  for (const order of orders) {
    const of = captured.filter((payment) => payment.metadata.order_id === order.order_id)
    const isPaid = ['completed', 'fulfilled'].includes(String(order.status))
    const ours = (order.completed as string[]).toSorted().join()
    const theirs = of
      .map(({ id }) => id)
      .toSorted()
      .join()
    const due = `${String(order.total)} ${String(order.currency)}`
    const say = (what: string): void => void found.push(`${what}: ${String(order.order_id)}`)
    if (of.length > 1) say(`money was taken ${of.length} times`)
    if (of.length > 0 !== isPaid) say(`I3 ${of.length} captured while ${String(order.status)}`)
    if (ours !== theirs) say(`I4 we say ${ours || 'nothing'}, the provider ${theirs || 'nothing'}`)
    for (const { capturedMinor, currency } of of)
      if (`${capturedMinor} ${currency}` !== due) say(`I4 ${capturedMinor} taken, ${due} due`)
    if (isPaid && order.status !== 'fulfilled') say('I3 paid and not fulfilled')
    if (order.items !== (isPaid ? order.lines : 0)) say(`I3 ${String(order.items)} in the library`)
  }
  return { found, paid: captured.length }
}

/** What a purchase tells the world, told once. Copies that a test published have `copy` in their headers. */
const ONCE = [
  ...['order.created', 'order.payment.initiation.requested.v1', 'order.completed'],
  ...['order.processing.completed.v1', 'order.fulfilled', 'library.game.added.v1'],
]

async function judgeEffects(db: Rows): Promise<string[]> {
  const { rows } = await db.query(
    `select data->>'order_id' as order_id, type, count(distinct event_id)::int as times from bus.log
      where not headers ? 'copy' and (type = any($1) or type = 'payment.completed')
      group by 1, 2 having count(distinct event_id) <> 1`,
    [ONCE],
  )
  return rows.map(
    (r) => `I5 ${String(r.type)} was published ${String(r.times)} times for ${String(r.order_id)}`,
  )
}

/** Everything at once. `placed`: orders that a buyer was told of. */
export async function judge(
  db: Rows,
  books: Books,
  placed: readonly string[] = [],
): Promise<Verdict> {
  const deliveries = await judgeDeliveries(db)
  const money = await judgeMoney(db, books)
  const { rows: lost } = await db.query(
    `select id from unnest($1::text[]) p(id) where not exists (select from orders.orders o where o.order_id = p.id)`,
    [placed],
  )
  const { rows: log } = await db.query(
    'select count(distinct event_id)::int as events from bus.log',
  )
  return {
    violations: [
      ...deliveries.found,
      ...(await judgeOrder(db)),
      ...(await unfinished(db)),
      ...(await judgeEffects(db)),
      ...money.found,
      ...judgeOperations(books),
      ...lost.map(({ id }) => `history: ${String(id)} was placed and is not there`),
    ],
    published: Number(log[0]?.events),
    owed: deliveries.owed,
    handled: deliveries.handled,
    dead: deliveries.dead,
    paid: money.paid,
  }
}

const REST_MS = 60_000

/** Waits until there is nothing to complain of and, when that does not come, answers what there is. */
export async function judgeAtRest({ shop, placed }: Crowd): Promise<Verdict> {
  const look = () => judge(shop.pool, shop.sandbox.control.books(), placed)
  const clean = async () => {
    // A server that was killed took our own connections with it.
    const verdict = await look().catch(() => undefined)
    return verdict?.violations.length === 0 ? verdict : undefined
  }
  return until('all is well', clean, REST_MS).catch(look)
}
