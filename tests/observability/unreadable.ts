// A fault that breaks handlers for good: an event whose data fit no schema, as a defect of its publisher would make it.

import { PaymentStatusUpdated } from '@rialto/contracts/payments/events.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { World } from '../flows/harness.ts'

/** Publishes one about this order; answers its id. */
export async function publishUnreadable({ platform }: World, flow: string): Promise<string> {
  const { ids, clock } = platform.env
  const event = {
    ...{
      id: ids.uuid(),
      type: PaymentStatusUpdated.type,
      version: PaymentStatusUpdated.version,
      data: {},
    },
    ...{ source: 'payments', topic: PaymentStatusUpdated.topic, key: flow },
    ...{ time: isoInstant(clock.now()), headers: { correlation: ids.uuid(), seq: 0, flow } },
  }
  const { pool, writer, committed } = platform.host
  await inTransaction(pool, async () => undefined, { last: () => writer.append([event]) })
  committed([event])
  return event.id
}
