import { listPaymentMethods as route } from '@rialto/contracts/payments/http.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { selectMethods } from '../store-refunds-and-methods.ts'

export const listPaymentMethods = query(route, ({ caller, read }) =>
  read(async (tx) => {
    const methods = await tx.many(selectMethods(caller.id))
    const items = methods.map(({ method_id, type, title, created_at }) => ({
      ...{ payment_method_id: method_id, type, title, created_at: isoInstant(created_at) },
    }))
    return reply(200, { items })
  }),
)
