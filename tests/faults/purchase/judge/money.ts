// Each paid order has its game, was charged once, and both books say the same to the last minor unit (I3, I4). Money that came
// for an order that had ended has gone back whole.

import type { Shop } from '../shop.ts'
import type { Rows } from './rows.ts'

export type Books = ReturnType<Shop['sandbox']['control']['books']>
type Captured = Books['payments'][number]

const ORDERS = `
  select o.order_id, o.status, o.total_minor::text as total, o.currency,
         (select count(*)::int from library.items i where i.order_id = o.order_id and i.state = 'owned') as items,
         (select count(*)::int from orders.order_lines l where l.order_id = o.order_id) as lines,
         array(select format('%s %s-%s', provider_payment_id, captured_minor, refunded_minor) from payments.payments p
                where p.order_id = o.order_id and p.captured_minor > 0) as captured
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

const inWords = (entries: readonly string[]): string => entries.toSorted().join() || 'nothing'

function judgeOrder(order: Record<string, unknown>, captured: readonly Captured[]): string[] {
  const found: string[] = []
  const say = (what: string): void => void found.push(`${what}: ${String(order.order_id)}`)
  const kept = captured.filter((payment) => payment.refundedMinor < payment.capturedMinor)
  const isPaid = ['completed', 'fulfilled'].includes(String(order.status))
  const ours = inWords(order.captured as string[])
  const theirs = inWords(captured.map((p) => `${p.id} ${p.capturedMinor}-${p.refundedMinor}`))
  const due = `${String(order.total)} ${String(order.currency)}`
  if (kept.length > 1) say(`money was taken ${kept.length} times`)
  if (kept.length > 0 !== isPaid) say(`I3 ${kept.length} captured while ${String(order.status)}`)
  if (ours !== theirs) say(`I4 we say ${ours}, the provider ${theirs}`)
  for (const { capturedMinor, currency } of kept)
    if (`${capturedMinor} ${currency}` !== due) say(`I4 ${capturedMinor} taken, ${due} due`)
  for (const { refundedMinor } of kept)
    if (refundedMinor > 0) say(`I4 ${refundedMinor} went back of what was kept`)
  if (isPaid && order.status !== 'fulfilled') say('I3 paid and not fulfilled')
  if (order.items !== (isPaid ? order.lines : 0)) say(`I3 ${String(order.items)} in the library`)
  return found
}

/** `paid`: payments that took money; `refunded`: those of them that gave it back. */
export async function judgeMoney(db: Rows, books: Books) {
  const captured = books.payments.filter((payment) => payment.capturedMinor > 0)
  const { rows: orders } = await db.query(ORDERS)
  const of = Map.groupBy(captured, (payment) => payment.metadata.order_id)
  const known = new Set(orders.map((order) => order.order_id))
  const found = captured
    .filter((payment) => !known.has(payment.metadata.order_id))
    .map((payment) => `money ${payment.id} was taken for no order of ours`)
  for (const order of orders) found.push(...judgeOrder(order, of.get(String(order.order_id)) ?? []))
  return {
    found: [...found, ...judgeOperations(books)],
    paid: captured.length,
    refunded: captured.filter(({ refundedMinor }) => refundedMinor > 0).length,
  }
}
