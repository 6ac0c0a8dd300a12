import { PaymentStatusUpdated } from '@rialto/contracts/payments/events.ts'
import { inBatches } from '@rialto/kernel/service/service.ts'
import { HEARD, isPurchase } from '../../domain/facts.ts'
import { recordFacts } from '../../features/record-facts.ts'

/** Nobody waits for a figure: a second of events shares a transaction, which is most of what one costs here. */
const LINGER_MS = 1_000

export const purchasesAndCounts = inBatches({
  group: 'analytics',
  events: HEARD,
  when: (event) => event.type !== PaymentStatusUpdated.type || isPurchase(event),
  lingerMs: LINGER_MS,
  act: async ({ events, of, tx }) => recordFacts(tx, events, of),
})
