// Every 5 s: takes the operations and refunds whose result is overdue and has each looked at by a job of its own, so that one slow answer
// of a provider does not hold up the others.

import { job } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../config.ts'
import { CLAIM_MS } from '../domain/checks.ts'
import { claimDueOperations } from '../store.ts'
import { claimDueRefunds } from '../store-refunds-and-methods.ts'
import { checkOperation } from './check-operation.ts'
import { checkRefund } from './refund-check.ts'

const BATCH = 100

export const reconcileOperations = job<undefined, Parts>({
  name: 'payments.reconcile',
  everySeconds: 5,
  run: ({ unit, parts, now }) =>
    unit(async (tx) => {
      const due = await tx.many(claimDueOperations(now, now + CLAIM_MS, BATCH))
      for (const data of due) await parts.jobs.now(tx, checkOperation, data)
      const refunds = await tx.many(claimDueRefunds(now, now + CLAIM_MS, BATCH))
      for (const data of refunds) await parts.jobs.now(tx, checkRefund, data)
    }),
})
