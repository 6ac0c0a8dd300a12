// Asks the provider to give up a payment for which nothing waits any more, where it does so: a hold is released now and not
// after days. What came of it is read from the provider as always, so a call that gets no answer is simply made again.

import { Retryable } from '@rialto/kernel/pure/failure.ts'
import { HOUR, SECOND } from '@rialto/kernel/pure/time.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { ProviderRefused, ProviderSilent } from '../domain/provider.ts'
import { noted } from '../providers/noted.ts'
import { type PaymentRow, selectPayment } from '../store.ts'
import { ensureCheckBy } from '../store-operations.ts'

const RETRY_AFTER_MS = 5 * SECOND
/** What the provider does not give up now is looked at, and may be given up, no oftener. */
const REFUSED_AGAIN_MS = HOUR

type Stored = Pick<PaymentRow, 'payment_id' | 'provider' | 'provider_payment_id'>

const cancelableAt = (parts: Parts, payment: Pick<PaymentRow, 'provider'>, status: string) =>
  (
    parts.providers.get(payment.provider ?? '')?.cancelable as readonly string[] | undefined
  )?.includes(status) === true

async function run({ data, unit, ctx, parts, now, done }: JobRun<{ payment_id: string }, Parts>) {
  const payment = await unit((tx) => tx.maybe(selectPayment(data.payment_id)))
  const known = payment?.provider_payment_id ?? null
  if (payment === undefined || known === null) return
  ctx.flow = payment.order_id
  const provider = parts.providers.get(payment.provider ?? '')
  if (provider === undefined || !cancelableAt(parts, payment, payment.status)) return
  let lookAtMs = now
  try {
    const key = `${payment.payment_id}-cancel`
    await noted(ctx, provider.calls.cancel, () => provider.cancel(known, key))
  } catch (error) {
    if (error instanceof ProviderSilent)
      throw new Retryable(error.message, { afterMs: RETRY_AFTER_MS, cause: error })
    if (!(error instanceof ProviderRefused)) throw error
    ctx.log.warn({ payment: payment.payment_id, err: error }, 'provider does not give it up')
    lookAtMs = now + REFUSED_AGAIN_MS
  }
  await unit(async (tx) => {
    tx.write(ensureCheckBy(payment.payment_id, lookAtMs))
    done(tx)
  })
}

export const cancelPayment = job<{ payment_id: string }, Parts>({
  name: 'payments.cancel-payment',
  run,
})

/** Nothing waits for this payment: has it given up where the provider does that in this state. */
export async function giveUp(
  tx: Tx,
  payment: Stored & { readonly status: string },
  parts: Parts,
): Promise<void> {
  if (!cancelableAt(parts, payment, payment.status)) return
  await parts.jobs.now(tx, cancelPayment, { payment_id: payment.payment_id })
}
