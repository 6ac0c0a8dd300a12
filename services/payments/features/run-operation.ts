// One call that moves money. The operation was committed as `sent` before the call, so whoever finds it without a result knows
// that the provider may have been asked; the reconciler looks then. No answer is not a no: the payment is then `processing` until
// the provider says.

import type { Context } from '@rialto/kernel/service/context.ts'
import type { Unit } from '@rialto/kernel/service/feature.ts'
import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import type { Parts } from '../config.ts'
import {
  type CallKeys,
  ProviderRefused,
  ProviderSilent,
  type ProviderTruth,
} from '../domain/provider.ts'
import { noted } from '../providers/noted.ts'
import { type OperationRow, type PaymentRow, selectPayment } from '../store.ts'
import { applyOutcome } from './apply-outcome.ts'
import { openToken } from './method-keep.ts'
import { markRefused, markUnknown } from './record-failure.ts'

export interface Running {
  readonly unit: Unit
  readonly ctx: Context
  readonly parts: Parts
}

/** What the call needs besides its request; refuses when the saved method is gone, because then nothing can be charged. */
export async function keysOf({ unit, parts }: Running, op: OperationRow): Promise<CallKeys> {
  const { idempotency_key: idempotencyKey } = op
  const { methodId } = op.request
  if (methodId === undefined) return { idempotencyKey }
  const methodToken = await unit((tx) => openToken(tx, parts.fields, methodId))
  if (methodToken === undefined)
    throw new ProviderRefused('method_removed', 410, 'the saved method is gone')
  return { idempotencyKey, methodToken }
}

async function ask(running: Running, op: OperationRow): Promise<ProviderTruth> {
  const { ctx, parts } = running
  const provider = parts.providers.get(op.provider)
  if (provider === undefined) throw new ProviderSilent('unreachable', `no adapter ${op.provider}`)
  const keys = await keysOf(running, op)
  await failpoint('psp.before_call')
  return noted(ctx, provider.calls.create, async () => {
    const answer = provider.create(op.request, keys)
    answer.catch(() => undefined)
    await failpoint('psp.sent')
    return answer
  })
}

/** Makes the call of an operation that was just committed; answers the payment as it stands then, or that it was refused. */
export async function runOperation(
  running: Running,
  op: OperationRow,
): Promise<PaymentRow | 'refused'> {
  const { unit, ctx, parts } = running
  const payment = selectPayment(op.payment_id)
  try {
    const truth = await ask(running, op)
    await failpoint('psp.reply_received')
    const told = { paymentId: op.payment_id, truth, now: ctx.now(), parts }
    const applied = await unit(async (tx) => {
      await applyOutcome(tx, told)
      return tx.one(payment)
    })
    await failpoint('psp.recorded')
    return applied
  } catch (error) {
    const about = { operation: op.operation_id, err: error }
    if (error instanceof ProviderRefused) {
      ctx.log.error(about, 'provider refused the request')
      await unit((tx) => markRefused(tx, op, error))
      return 'refused'
    }
    if (!(error instanceof ProviderSilent)) throw error
    ctx.log.warn(about, 'provider did not answer; the outcome is unknown')
    return unit(async (tx) => {
      await markUnknown(tx, op, error.message)
      return tx.one(payment)
    })
  }
}
