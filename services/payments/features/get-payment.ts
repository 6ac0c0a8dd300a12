import { getPayment as route } from '@rialto/contracts/payments/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import { paymentView } from '../domain/payment.ts'
import { problems } from '../errors.ts'
import { selectPayment } from '../store.ts'

/** Somebody else's payment reads as one that does not exist. */
export const getPayment = query(route, ({ input, caller, ctx, read }) =>
  read(async (tx) => {
    const payment = await tx.maybe(selectPayment(input.params.transaction_id))
    const allowed = payment?.user_id === caller.id || caller.roles.includes('operator')
    if (payment === undefined || !allowed) throw new Problem(problems.unknown_payment)
    ctx.flow = payment.order_id
    return reply(200, paymentView(payment))
  }),
)
