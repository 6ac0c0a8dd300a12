// What notifications can be about, so that one job reads them all: how the provider is asked for it, whose it is, and what its
// truth does.

import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { READ_TOO_SOON_MS } from '../domain/checks.ts'
import type { Provider, ProviderTruth, RefundTruth } from '../domain/provider.ts'
import { findPaymentAt, lockPayment, lockPaymentAt } from '../store.ts'
import { bringCheckForward } from '../store-operations.ts'
import { bringRefundCheckForward, findRefund } from '../store-refunds-and-methods.ts'
import { applyOutcome } from './apply-outcome.ts'
import { applyRefundOutcome, lockRefund } from './refund-apply.ts'
import { repayFailed } from './refund-request.ts'

interface About {
  readonly provider: string
  readonly object_id: string
  /** Ends with the status that it claims. */
  readonly event: string
}

interface Told<Truth> {
  readonly truth: Truth
  readonly now: number
  readonly parts: Parts
}

/** How its notification ends. One that a person has to look at is read again when it comes again, once the books agree. */
type Applied = 'done' | 'review'

const appliedBy = ({ kind }: { readonly kind: string }): Applied =>
  kind === 'contradiction' ? 'review' : 'done'

export interface Subject<Truth extends { readonly rawStatus: string }> {
  /** Why a person gets one that nobody here owns. */
  readonly orphan: string
  callName(provider: Provider): string
  fetch(provider: Provider, objectId: string): Promise<Truth | undefined>
  /** Whose order it belongs to, by the provider's name of it alone. */
  orderOf(tx: Tx, about: About): Promise<string | undefined>
  /** Applies the provider's truth to whose it is; undefined: nobody's here. The context learns whose flow it is. */
  apply(tx: Tx, about: About, told: Told<Truth>): Promise<Applied | undefined>
  /** The provider knows nothing of it so far: whose it is is looked at once more soon. */
  missed(tx: Tx, about: About, now: number): Promise<void>
}

/** The provider does not say so itself, as when its reading is behind its notifications. What has its result is not looked at again. */
const isAhead = ({ event }: About, { rawStatus }: { readonly rawStatus: string }): boolean =>
  !event.endsWith(`.${rawStatus}`)

/** By our own id where the provider told it, else by its id. */
async function lockOwner(tx: Tx, { provider, object_id }: About, { paymentId }: ProviderTruth) {
  const own = paymentId === undefined ? undefined : await tx.maybe(lockPayment(paymentId))
  return own ?? tx.maybe(lockPaymentAt(provider, object_id))
}

export const paymentSubject: Subject<ProviderTruth> = {
  orphan: 'orphan_payment',
  callName: (provider) => provider.calls.fetch,
  fetch: (provider, id) => provider.fetch(id),
  orderOf: async (tx, { provider, object_id }) =>
    (await tx.maybe(findPaymentAt(provider, object_id)))?.order_id,
  async apply(tx, about, told) {
    const locked = await lockOwner(tx, about, told.truth)
    if (locked === undefined) return undefined
    tx.ctx.flow = locked.order_id
    const { payment_id: paymentId } = locked
    const { outcome } = await applyOutcome(tx, { paymentId, locked, ...told })
    if (isAhead(about, told.truth))
      tx.write(bringCheckForward(paymentId, told.now + READ_TOO_SOON_MS))
    return appliedBy(outcome)
  },
  async missed(tx, { provider, object_id }, now) {
    const payment = await tx.maybe(lockPaymentAt(provider, object_id))
    if (payment !== undefined)
      tx.write(bringCheckForward(payment.payment_id, now + READ_TOO_SOON_MS))
  },
}

/** A refund that a person has made at the provider, because ours had failed. */
async function recordDeskRefund(
  tx: Tx,
  provider: string,
  told: Pick<Told<RefundTruth>, 'truth' | 'now'>,
) {
  const payment = await tx.maybe(lockPaymentAt(provider, told.truth.providerPaymentId))
  if (payment === undefined) return undefined
  tx.ctx.flow = payment.order_id
  return (await repayFailed(tx, payment, told)) ? ('done' as const) : undefined
}

export const refundSubject: Subject<RefundTruth> = {
  // Made at the provider's own desk, for instance, where no refund of ours had failed.
  orphan: 'orphan_refund',
  callName: (provider) => provider.calls.fetchRefund,
  fetch: (provider, id) => provider.fetchRefund(id),
  async orderOf(tx, { provider, object_id }) {
    const by = { providerRefundId: object_id, refundId: null }
    return (await tx.maybe(findRefund(provider, by)))?.order_id
  },
  async apply(tx, about, { truth, now }) {
    const { provider, object_id } = about
    const by = { providerRefundId: object_id, refundId: truth.refundId ?? null }
    const found = await tx.maybe(findRefund(provider, by))
    if (found === undefined) return recordDeskRefund(tx, provider, { truth, now })
    tx.ctx.flow = found.order_id
    const { refund_id: refundId, payment_id: paymentId } = found
    const outcome = await applyRefundOutcome(tx, { refundId, paymentId, truth, now })
    if (isAhead(about, truth)) tx.write(bringRefundCheckForward(refundId, now + READ_TOO_SOON_MS))
    return appliedBy(outcome)
  },
  async missed(tx, { provider, object_id }, now) {
    const by = { providerRefundId: object_id, refundId: null }
    const found = await tx.maybe(findRefund(provider, by))
    if (found === undefined) return
    const { refund_id: refundId, payment_id: paymentId } = found
    await lockRefund(tx, { refundId, paymentId })
    tx.write(bringRefundCheckForward(refundId, now + READ_TOO_SOON_MS))
  },
}
