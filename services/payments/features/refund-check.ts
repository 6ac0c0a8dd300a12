// Finds out what became of a refund: there is no notification of one that was declined. Reads first; sends again only under the
// same key, while the provider still remembers it, so that money never goes back twice. What it has nothing of after a day has failed.

import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import {
  checkUnansweredAt,
  isRepeatable,
  isTakenSince,
  nextCheckAt,
  REFUND_CHECKS_AFTER_MS,
} from '../domain/checks.ts'
import {
  type Provider,
  ProviderRefused,
  ProviderSilent,
  type RefundTruth,
} from '../domain/provider.ts'
import { noted } from '../providers/noted.ts'
import { planRefundCheck, selectRefund } from '../store-refunds-and-methods.ts'
import { openReview } from './open-review.ts'
import { applyRefundOutcome, markRefundAbsent, markRefundUnknown } from './refund-apply.ts'
import { type RefundCall, requestOfRefund, runRefund } from './refund-run.ts'

type Run = JobRun<{ refund_id: string; until_ms: number }, Parts>
type Sent = RefundCall & { readonly submitted_at: number }

/** As of an operation: `absent` says that the provider has nothing of it, and that it will not be sent any more. */
type Looked = RefundTruth | 'absent' | 'nothing' | 'unanswered'

async function look({ ctx, now }: Run, refund: Sent, provider: Provider): Promise<Looked> {
  const { calls } = provider
  const known = refund.provider_refund_id
  if (known !== null)
    return (await noted(ctx, calls.fetchRefund, () => provider.fetchRefund(known))) ?? 'nothing'
  const request = requestOfRefund(refund)
  const { found } = await noted(ctx, calls.findRefund, async () => ({
    found: await provider.findRefund(request),
  }))
  if (found !== undefined) return found
  if (!isRepeatable(refund.submitted_at, now)) return 'absent'
  try {
    return await noted(ctx, calls.refund, () => provider.refund(request))
  } catch (error) {
    if (!(error instanceof ProviderRefused)) throw error
    ctx.log.warn({ refund: refund.refund_id, err: error }, 'repeat refused, which says nothing')
    return 'nothing'
  }
}

/**
 * Plans the next look, soon where this one got no answer; after the last one a person is told. What the provider has nothing of is
 * the person's after the day of a payment: the bank need not be waited for.
 */
async function plan(tx: Tx, refund: Sent, { looked, now }: { looked: Looked; now: number }) {
  const { submitted_at: sentAt } = refund
  if (looked === 'absent' && nextCheckAt(sentAt, now) === undefined)
    return markRefundAbsent(tx, { refundId: refund.refund_id, paymentId: refund.payment_id })
  const next = nextCheckAt(sentAt, now, REFUND_CHECKS_AFTER_MS)
  const unanswered =
    looked === 'unanswered' ? checkUnansweredAt(sentAt, now, REFUND_CHECKS_AFTER_MS) : undefined
  tx.write(planRefundCheck(refund.refund_id, unanswered ?? next ?? null))
  if (next !== undefined) return
  const { refund_id: subject, payment_id: paymentId, state } = refund
  openReview(tx, { paymentId, subject, reason: 'refund_no_result', details: { state }, now })
}

async function run(given: Run): Promise<void> {
  const { data, unit, ctx, parts, now } = given
  const refund = await unit((tx) => tx.maybe(selectRefund(data.refund_id)))
  if (refund === undefined || isTakenSince(refund.next_check_at, data.until_ms)) return
  ctx.flow = refund.order_id
  if (refund.state === 'requested') return runRefund({ unit, ctx, parts }, refund.refund_id)
  if (refund.state !== 'submitted' && refund.state !== 'unknown') return
  const about = { refundId: refund.refund_id, paymentId: refund.payment_id }
  if (refund.state === 'submitted' && refund.provider_refund_id === null)
    await unit((tx) => markRefundUnknown(tx, about, 'no result was recorded'))
  const sent = { ...refund, submitted_at: refund.submitted_at ?? now }
  let looked: Looked = 'unanswered'
  try {
    const provider = parts.providers.get(refund.provider)
    if (provider !== undefined) looked = await look(given, sent, provider)
  } catch (error) {
    if (!(error instanceof ProviderSilent || error instanceof ProviderRefused)) throw error
    ctx.log.warn({ refund: refund.refund_id, err: error }, 'refund cannot be checked now')
  }
  await unit(async (tx) => {
    const told = { ...about, now: ctx.now() }
    const truth = typeof looked === 'object' ? looked : undefined
    const outcome = truth && (await applyRefundOutcome(tx, { ...told, truth }))
    if (outcome === undefined || ['waiting', 'contradiction'].includes(outcome.kind))
      await plan(tx, sent, { looked, now })
    given.done(tx)
  })
}

export const checkRefund = job<{ refund_id: string; until_ms: number }, Parts>({
  name: 'payments.check-refund',
  run,
})
