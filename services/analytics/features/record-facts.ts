// Adds what a batch of events tells to the projections: at most three statements, whatever the number of events.

import { purchaseFactStates } from '@rialto/contracts/analytics/states.ts'
import { OrderCompleted } from '@rialto/contracts/orders/events.ts'
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
  if (purchases.length > 0) tx.write(upsertPurchases(purchases))
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
  for (const event of paid) of(event).tx.step(purchaseFactStates, 'recorded')
}
