// Refunds at YooKassa. Its refund object has no place for our id but the description, so that is where a refund whose answer was
// lost is found again.

import { money, toDecimal } from '@rialto/kernel/pure/money.ts'
import {
  type ProviderRefundStatus,
  ProviderSilent,
  type RefundRequest,
  type RefundTruth,
} from '../domain/provider.ts'
import { type Call, minorOf, orAbsent, searchList } from './yookassa-http.ts'
import { refundOf } from './yookassa-objects.ts'

const OUR_ID = /\brfd_[0-9a-hjkmnp-tv-z]{26}\b/

const STATUSES: Readonly<Record<string, ProviderRefundStatus>> = {
  pending: 'pending',
  succeeded: 'succeeded',
  canceled: 'canceled',
}

/** Total: a word that is not known is `unmapped`, and a person decides. */
export const refundStatusOf = (status: string): ProviderRefundStatus =>
  Object.hasOwn(STATUSES, status) ? (STATUSES[status] ?? 'unmapped') : 'unmapped'

export function refundTruthOf(body: unknown): RefundTruth {
  const refund = refundOf(body)
  if (refund === undefined) throw new ProviderSilent('200', 'yookassa answered no refund object')
  const { id, payment_id, status, amount, description = '', cancellation_details: why } = refund
  const [refundId] = OUR_ID.exec(description) ?? []
  return {
    providerRefundId: id,
    providerPaymentId: payment_id,
    status: refundStatusOf(status),
    rawStatus: status,
    amountMinor: minorOf(amount),
    currency: amount.currency,
    ...(why && { reason: why.reason }),
    ...(refundId === undefined ? {} : { refundId }),
  }
}

const bodyOf = ({ refundId, providerPaymentId, amountMinor, currency }: RefundRequest) => ({
  payment_id: providerPaymentId,
  amount: { value: toDecimal(money(amountMinor, currency)), currency },
  description: `Refund ${refundId}`,
})

export const refundCalls = (call: Call) => ({
  refund: async (r: RefundRequest) =>
    refundTruthOf(await call('/refunds', { body: bodyOf(r), key: r.refundId })),
  fetchRefund: async (id: string) => {
    const found = await orAbsent(call(`/refunds/${encodeURIComponent(id)}`))
    return found === undefined ? undefined : refundTruthOf(found)
  },
  findRefund: (r: RefundRequest) =>
    searchList(call, {
      path: '/refunds',
      filter: { payment_id: r.providerPaymentId },
      pick: (item) =>
        refundOf(item)?.description?.includes(r.refundId) === true
          ? refundTruthOf(item)
          : undefined,
    }),
})
