// Forgets a saved method and erases its token. One whose charge has no known result stays until it has, or nobody looks any more: to
// find that out, the same call may have to be made again.

import { removePaymentMethod as route } from '@rialto/contracts/payments/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { feature, reply } from '@rialto/kernel/service/feature.ts'
import { problems } from '../errors.ts'
import { lockMethod, removeMethod, selectUse } from '../store-refunds-and-methods.ts'

const WAIT_SECONDS = 5

export const removePaymentMethod = feature(route, {
  async act({ input, caller, tx, now }) {
    const methodId = input.params.payment_method_id
    const method = await tx.maybe(lockMethod(methodId, caller.id))
    if (method === undefined) throw new Problem(problems.unknown_payment_method)
    const { in_use } = await tx.one(selectUse(methodId))
    if (in_use)
      throw new Problem(problems.payment_method_in_use, { retryAfterSeconds: WAIT_SECONDS })
    tx.write(removeMethod(methodId, { reason: 'removed', atMs: now }))
    return reply(204, null)
  },
})
