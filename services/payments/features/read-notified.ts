// What a notification was about is read again from the provider, and that is applied. A payment of which only the provider
// knows may be one whose first answer is still on its way: it is looked for again, then a person gets it.

import { Retryable } from '@rialto/kernel/pure/failure.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import type { Parts } from '../config.ts'
import { ProviderSilent, type ProviderTruth } from '../domain/provider.ts'
import { noted } from '../providers/noted.ts'
import {
  closeNotification,
  findPayment,
  type InboxRow,
  insertReview,
  selectNotification,
} from '../store.ts'
import { applyOutcome } from './apply-outcome.ts'

const ORPHAN_ATTEMPTS = 5
const RETRY_AFTER_MS = 5 * SECOND

type Run = JobRun<{ inbox_id: string }, Parts>

async function fetchTruth({ ctx, parts }: Run, row: InboxRow): Promise<ProviderTruth | undefined> {
  const provider = parts.providers.get(row.provider)
  if (provider === undefined) throw new Retryable(`no adapter ${row.provider}`)
  try {
    return await noted(ctx, provider.calls.fetch, () => provider.fetch(row.object_id))
  } catch (error) {
    if (!(error instanceof ProviderSilent)) throw error
    throw new Retryable(error.message, { afterMs: RETRY_AFTER_MS, cause: error })
  }
}

async function close(
  run: Run,
  row: InboxRow,
  end: { state: 'ignored' | 'review'; outcome: string },
) {
  const { unit, ctx, now, done } = run
  await unit(async (tx) => {
    tx.write(closeNotification({ inboxId: row.inbox_id, ...end, atMs: now }))
    if (end.state === 'review') {
      const details = { event: row.event, provider: row.provider, object: row.object_id }
      const reviewId = ctx.env.ids.next('rev')
      const review = { reviewId, paymentId: null, subject: row.inbox_id, reason: end.outcome }
      tx.write(insertReview({ ...review, details, atMs: now }))
    }
    done(tx)
  })
  ctx.log.warn({ inbox: row.inbox_id, ...end }, 'notification without effect')
}

async function run(given: Run): Promise<void> {
  const { data, unit, ctx, attempt, done } = given
  await failpoint('webhook_in.replied')
  const row = await unit((tx) => tx.maybe(selectNotification(data.inbox_id)))
  if (row === undefined || row.state !== 'received') return
  const find = (paymentId: string | null) =>
    unit((tx) =>
      tx.maybe(findPayment(row.provider, { providerPaymentId: row.object_id, paymentId })),
    )
  ctx.flow = (await find(null))?.order_id
  const truth = await fetchTruth(given, row)
  if (truth === undefined)
    return close(given, row, { state: 'ignored', outcome: 'not_at_provider' })
  const payment = await find(truth.paymentId ?? null)
  if (payment === undefined) {
    if (attempt < ORPHAN_ATTEMPTS)
      throw new Retryable('the payment is not known here yet', {
        afterMs: attempt * RETRY_AFTER_MS,
      })
    return close(given, row, { state: 'review', outcome: 'orphan_payment' })
  }
  ctx.flow = payment.order_id
  await unit(async (tx) => {
    const now = ctx.now()
    await applyOutcome(tx, { paymentId: payment.payment_id, truth, now })
    const outcome = truth.rawStatus
    tx.write(closeNotification({ inboxId: row.inbox_id, state: 'done', outcome, atMs: now }))
    done(tx)
  })
}

export const readNotified = job<{ inbox_id: string }, Parts>({
  name: 'payments.read-notified',
  run,
})
