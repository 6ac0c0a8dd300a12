// Every 5 s: takes the operations and refunds whose result is overdue and has each looked at by a job of its own, so that one slow answer
// of a provider does not hold up the others. Buyers take their time: nearly every payment is looked at twice before it has a result, and
// after an outage all are due at once.

import type { Sql } from '@rialto/kernel/db/sql.ts'
import { type JobDefinition, type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { Parts } from '../config.ts'
import { CLAIM_MS } from '../domain/checks.ts'
import { claimDueOperations } from '../store-operations.ts'
import { claimDueRefunds } from '../store-refunds-and-methods.ts'
import { checkOperation } from './check-operation.ts'
import { checkRefund } from './refund-check.ts'

const BATCH = 100
/** Of each kind in one run; what is left then is taken 5 s later. */
const BATCHES_MAX = 10

type Run = JobRun<undefined, Parts>

async function takeDue<Row>(
  { unit, parts, now }: Run,
  claim: (atMs: number, untilMs: number, limit: number) => Sql<Row>,
  check: JobDefinition<Row>,
): Promise<void> {
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const taken = await unit(async (tx) => {
      const due = await tx.many(claim(now, now + CLAIM_MS, BATCH))
      for (const data of due) await parts.jobs.now(tx, check, data)
      return due.length
    })
    if (taken < BATCH) return
  }
}

export const reconcileOperations = job<undefined, Parts>({
  name: 'payments.reconcile',
  everySeconds: 5,
  async run(given) {
    await takeDue(given, claimDueOperations, checkOperation)
    await takeDue(given, claimDueRefunds, checkRefund)
  },
})
