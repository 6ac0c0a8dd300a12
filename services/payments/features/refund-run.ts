// One call that gives money back. It is claimed by a move that is committed before the call; a call without an answer is found
// out about by reading, and repeated only under the same key.

import { refundStates } from '@rialto/contracts/payments/states.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import type { Parts } from '../config.ts'
import { LOST_AFTER_MS } from '../domain/checks.ts'
import { ProviderRefused, ProviderSilent, type RefundTruth } from '../domain/provider.ts'
import { noted } from '../providers/noted.ts'
import { type RefundRow, selectRefund, setRefundSubmitted } from '../store-refunds-and-methods.ts'
import {
  applyRefundOutcome,
  lockRefund,
  markRefundRefused,
  markRefundUnknown,
} from './refund-apply.ts'
import type { Running } from './run-operation.ts'

export type RefundCall = RefundRow & {
  readonly order_id: string
  readonly provider: string
  readonly provider_payment_id: string
}

export const requestOfRefund = (refund: RefundCall) => ({
  refundId: refund.refund_id,
  providerPaymentId: refund.provider_payment_id,
  amountMinor: refund.amount_minor,
  currency: refund.currency,
})

async function claim(tx: Tx, refundId: string): Promise<RefundCall | undefined> {
  const found = await tx.maybe(selectRefund(refundId))
  if (found?.state !== 'requested') return undefined
  const { refund } = await lockRefund(tx, { refundId, paymentId: found.payment_id })
  if (refund.state !== 'requested') return undefined
  tx.ctx.flow = found.order_id
  const now = tx.ctx.now()
  const submitted = setRefundSubmitted(refundId, now, now + LOST_AFTER_MS)
  await tx.move(refundStates, 'requested', 'submitted', submitted)
  return { ...found, state: 'submitted', submitted_at: now }
}

async function ask({ ctx, parts }: Running, refund: RefundCall): Promise<RefundTruth> {
  const provider = parts.providers.get(refund.provider)
  if (provider === undefined)
    throw new ProviderSilent('unreachable', `no adapter ${refund.provider}`)
  await failpoint('refund.before_call')
  return noted(ctx, provider.calls.refund, async () => {
    const answer = provider.refund(requestOfRefund(refund))
    answer.catch(() => undefined)
    await failpoint('refund.sent')
    return answer
  })
}

/** Wrong credentials say nothing about the refund: it is tried again when they are right. */
const isAboutUs = ({ status }: ProviderRefused): boolean => status === 401 || status === 403

/** Sends a refund that nobody has sent yet. */
export async function runRefund(running: Running, refundId: string): Promise<void> {
  const { unit, ctx } = running
  const refund = await unit((tx) => claim(tx, refundId))
  if (refund === undefined) return
  const about = { refundId, paymentId: refund.payment_id }
  try {
    const truth = await ask(running, refund)
    await failpoint('refund.reply_received')
    await unit((tx) => applyRefundOutcome(tx, { ...about, truth, now: ctx.now() }))
    await failpoint('refund.recorded')
  } catch (error) {
    const named = { refund: refundId, err: error }
    if (error instanceof ProviderRefused) {
      ctx.log.error(named, 'provider refused the request')
      if (!isAboutUs(error)) return unit((tx) => markRefundRefused(tx, about, error))
    } else if (error instanceof ProviderSilent)
      ctx.log.warn(named, 'provider did not answer; the refund is unknown')
    else throw error
    await unit((tx) => markRefundUnknown(tx, about, error.message))
  }
}

export const runRefundJob = job<{ refund_id: string }, Parts>({
  name: 'payments.run-refund',
  run: ({ data, unit, ctx, parts }: JobRun<{ refund_id: string }, Parts>) =>
    runRefund({ unit, ctx, parts }, data.refund_id),
})
