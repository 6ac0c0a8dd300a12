// One call that moves money. It is claimed by a conditional move that is committed before the call, so whoever finds it sent
// knows that the provider may have been asked. No answer is not a no: the payment is then `processing` until the provider says.

import { operationStates } from '@rialto/contracts/payments/states.ts'
import type { Context } from '@rialto/kernel/service/context.ts'
import type { Unit } from '@rialto/kernel/service/feature.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import type { Parts } from '../config.ts'
import { LOST_AFTER_MS } from '../domain/checks.ts'
import {
  type CallKeys,
  ProviderRefused,
  ProviderSilent,
  type ProviderTruth,
} from '../domain/provider.ts'
import { noted } from '../providers/noted.ts'
import { type OperationRow, selectOperation, setOperationSent } from '../store.ts'
import { applyOutcome } from './apply-outcome.ts'
import { openToken } from './method-keep.ts'
import { lockBoth, markRefused, markUnknown } from './record-failure.ts'

export interface Running {
  readonly unit: Unit
  readonly ctx: Context
  readonly parts: Parts
}

async function claim(tx: Tx, operationId: string): Promise<OperationRow | undefined> {
  const found = await tx.maybe(selectOperation(operationId))
  if (found?.state !== 'init') return undefined
  const { operation } = await lockBoth(tx, { operationId, paymentId: found.payment_id })
  if (operation.state !== 'init') return undefined
  tx.ctx.flow = found.order_id
  const now = tx.ctx.now()
  const sent = setOperationSent(operationId, now, now + LOST_AFTER_MS)
  await tx.move(operationStates, 'init', 'sent', sent)
  return { ...operation, state: 'sent', sent_at: now }
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

/** Runs an operation that nobody has run yet; answers whether the provider refused it. */
export async function runOperation(
  running: Running,
  operationId: string,
): Promise<'applied' | 'refused' | 'unknown' | 'not_ours'> {
  const { unit, ctx } = running
  const op = await unit((tx) => claim(tx, operationId))
  if (op === undefined) return 'not_ours'
  try {
    const truth = await ask(running, op)
    await failpoint('psp.reply_received')
    const told = { paymentId: op.payment_id, truth, now: ctx.now(), parts: running.parts }
    await unit((tx) => applyOutcome(tx, told))
    await failpoint('psp.recorded')
    return 'applied'
  } catch (error) {
    const about = { operation: operationId, err: error }
    if (error instanceof ProviderRefused) {
      ctx.log.error(about, 'provider refused the request')
      await unit((tx) => markRefused(tx, op, error))
      return 'refused'
    }
    if (!(error instanceof ProviderSilent)) throw error
    ctx.log.warn(about, 'provider did not answer; the outcome is unknown')
    await unit((tx) => markUnknown(tx, op, error.message))
    return 'unknown'
  }
}

/** For a request whose process died between its commit and the call. */
export const runOperationJob = job<{ operation_id: string }, Parts>({
  name: 'payments.run-operation',
  run: async ({ data, unit, ctx, parts }: JobRun<{ operation_id: string }, Parts>) => {
    await runOperation({ unit, ctx, parts }, data.operation_id)
  },
})
