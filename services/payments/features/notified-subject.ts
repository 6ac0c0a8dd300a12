// What notifications can be about, so that one job reads them all: how the provider is asked for it, whose it is, and what its
// truth does.

import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import type { Provider, ProviderTruth, RefundTruth } from '../domain/provider.ts'
import { findPaymentAt, lockPayment, lockPaymentAt } from '../store.ts'
import { findRefund } from '../store-refunds-and-methods.ts'
import { applyOutcome } from './apply-outcome.ts'
import { applyRefundOutcome } from './refund-apply.ts'

interface About {
  readonly provider: string
  readonly object_id: string
}

export interface Subject<Truth extends { readonly rawStatus: string }> {
  /** Why a person gets one that nobody here owns. */
  readonly orphan: string
  callName(provider: Provider): string
  fetch(provider: Provider, objectId: string): Promise<Truth | undefined>
  /** Whose order it belongs to, by the provider's name of it alone. */
  orderOf(tx: Tx, about: About): Promise<string | undefined>
  /** Applies the provider's truth to whose it is; false: nobody's here. The context learns whose flow it is. */
  apply(tx: Tx, about: About, told: { truth: Truth; now: number; parts: Parts }): Promise<boolean>
}

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
    if (locked === undefined) return false
    tx.ctx.flow = locked.order_id
    await applyOutcome(tx, { paymentId: locked.payment_id, locked, ...told })
    return true
  },
}

export const refundSubject: Subject<RefundTruth> = {
  // Made at the provider's own desk, for instance.
  orphan: 'orphan_refund',
  callName: (provider) => provider.calls.fetchRefund,
  fetch: (provider, id) => provider.fetchRefund(id),
  async orderOf(tx, { provider, object_id }) {
    const by = { providerRefundId: object_id, refundId: null }
    return (await tx.maybe(findRefund(provider, by)))?.order_id
  },
  async apply(tx, { provider, object_id }, { truth, now }) {
    const by = { providerRefundId: object_id, refundId: truth.refundId ?? null }
    const found = await tx.maybe(findRefund(provider, by))
    if (found === undefined) return false
    tx.ctx.flow = found.order_id
    const { refund_id: refundId, payment_id: paymentId } = found
    await applyRefundOutcome(tx, { refundId, paymentId, truth, now })
    return true
  },
}
