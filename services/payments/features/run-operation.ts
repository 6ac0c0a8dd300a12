// One call that moves money. The operation was committed as `sent` before the call, so whoever finds it without a result knows
// that the provider may have been asked; the reconciler looks then. No answer is not a no: the payment is then `processing` until
// the provider says.

import type { Context } from '@rialto/kernel/service/context.ts'
import type { Unit } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import type { Parts } from '../config.ts'
import {
  type CallKeys,
  ProviderRefused,
  ProviderSilent,
  type ProviderTruth,
} from '../domain/provider.ts'
import { noted } from '../providers/noted.ts'
import type { PaymentRow } from '../store.ts'
import type { OperationRow } from '../store-operations.ts'
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

/** The last transaction: the payment as it is then makes the answer. */
export type Last<Reply> = (work: (tx: Tx) => Promise<PaymentRow>) => Promise<Reply>

/** Makes the call of an operation that was just committed, and the answer from what the payment is then, unless it was refused. */
export async function runOperation<Reply>(
  running: Running,
  op: OperationRow,
  last: Last<Reply>,
): Promise<Reply | 'refused'> {
  const { unit, ctx, parts } = running
  try {
    const truth = await ask(running, op)
    await failpoint('psp.reply_received')
    const told = { paymentId: op.payment_id, operation: op, truth, now: ctx.now(), parts }
    const answer = await last(async (tx) => (await applyOutcome(tx, told)).payment)
    await failpoint('psp.recorded')
    return answer
  } catch (error) {
    const about = { operation: op.operation_id, err: error }
    if (error instanceof ProviderRefused) {
      ctx.log.error(about, 'provider refused the request')
      await unit((tx) => markRefused(tx, op, error))
      return 'refused'
    }
    if (!(error instanceof ProviderSilent)) throw error
    ctx.log.warn(about, 'provider did not answer; the outcome is unknown')
    return last((tx) => markUnknown(tx, op, error.message))
  }
}
