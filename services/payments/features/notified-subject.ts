// What notifications can be about, so that one job reads them all: how the provider is asked for it, whose it is, and what its
// truth does.

import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import type { Provider, ProviderTruth, RefundTruth } from '../domain/provider.ts'
import { findPayment } from '../store.ts'
import { findRefund } from '../store-refunds.ts'
import { applyOutcome } from './apply-outcome.ts'
import { applyRefundOutcome } from './refund-apply.ts'

export interface Owner {
  readonly orderId: string
  readonly paymentId: string
  readonly refundId?: string
}

export interface Subject<Truth extends { readonly rawStatus: string }> {
  /** Why a person gets one that nobody here owns. */
  readonly orphan: string
  callName(provider: Provider): string
  fetch(provider: Provider, objectId: string): Promise<Truth | undefined>
  /** Whose it is, by what the notification says, and by the provider's truth once it is known. */
  owner(
    tx: Tx,
    row: { readonly provider: string; readonly object_id: string },
    truth?: Truth,
  ): Promise<Owner | undefined>
  apply(tx: Tx, owner: Owner, told: { truth: Truth; now: number; parts: Parts }): Promise<unknown>
}

export const paymentSubject: Subject<ProviderTruth> = {
  orphan: 'orphan_payment',
  callName: (provider) => provider.calls.fetch,
  fetch: (provider, id) => provider.fetch(id),
  async owner(tx, { provider, object_id }, truth) {
    const by = { providerPaymentId: object_id, paymentId: truth?.paymentId ?? null }
    const found = await tx.maybe(findPayment(provider, by))
    return found && { orderId: found.order_id, paymentId: found.payment_id }
  },
  apply: (tx, { paymentId }, told) => applyOutcome(tx, { paymentId, ...told }),
}

export const refundSubject: Subject<RefundTruth> = {
  // Made at the provider's own desk, for instance.
  orphan: 'orphan_refund',
  callName: (provider) => provider.calls.fetchRefund,
  fetch: (provider, id) => provider.fetchRefund(id),
  async owner(tx, { provider, object_id }, truth) {
    const by = { providerRefundId: object_id, refundId: truth?.refundId ?? null }
    const found = await tx.maybe(findRefund(provider, by))
    if (found === undefined) return undefined
    const { order_id, payment_id, refund_id } = found
    return { orderId: order_id, paymentId: payment_id, refundId: refund_id }
  },
  apply: (tx, { paymentId, refundId = '' }, { truth, now }) =>
    applyRefundOutcome(tx, { refundId, paymentId, truth, now }),
}
