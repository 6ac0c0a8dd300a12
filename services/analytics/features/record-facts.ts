// Adds what a batch of events tells to the projections: at most three statements, whatever the number of events.

import { purchaseFactStates } from '@rialto/contracts/analytics/states.ts'
import { OrderCompleted } from '@rialto/contracts/orders/events.ts'
import type { Sql } from '@rialto/kernel/db/sql.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { type BatchItem, isEvent } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { isPurchase, linesOf, markOf, purchaseOf } from '../domain/facts.ts'
import { insertMarks, upsertLines, upsertPurchases } from '../store.ts'

/** One of each key: a statement must not meet a row twice. Of two marks the earlier day counts, as it does in the table. */
const once = <T>(all: readonly T[], keyOf: (one: T) => string): T[] => [
  ...new Map(all.map((one) => [keyOf(one), one])).values(),
]

export function recordFacts(
  tx: Tx,
  events: readonly Envelope[],
  of: (event: Envelope) => BatchItem,
): void {
  const paid = events.filter(isPurchase)
  const purchases = once(paid.map(purchaseOf), (p) => p.paymentId)
  /** A step for each event whose purchase stands in the table, as the statement that wrote it says. */
  const heard = (rows: readonly { payment_id: string }[]): void => {
    const recorded = new Set(rows.map((row) => row.payment_id))
    for (const event of paid)
      if (recorded.has(purchaseOf(event).paymentId))
        of(event).tx.step(purchaseFactStates, 'recorded')
  }
  if (purchases.length > 0) tx.write({ ...upsertPurchases(purchases), heard } as Sql)
  const completed = events.flatMap((e) => (isEvent(OrderCompleted, e) ? linesOf(e) : []))
  const lines = once(completed, (l) => l.lineId)
  if (lines.length > 0) tx.write(upsertLines(lines))
  const marks = once(
    events
      .flatMap((event) => markOf(event) ?? [])
      .sort((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : 0)),
    (m) => `${m.name} ${m.subject}`,
  )
  if (marks.length > 0) tx.write(insertMarks(marks))
}
