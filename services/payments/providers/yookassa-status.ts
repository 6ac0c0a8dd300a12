// YooKassa's words in ours. Total: a word that is not in the table is `unmapped`, and a person decides. A cancellation is told
// by its reason: what the merchant or the clock ended was canceled, everything else was an attempt that failed.

import type { ProviderStatus } from '../domain/provider.ts'
import type { YooKassaPayment } from './yookassa-objects.ts'

const CANCELED_REASONS = new Set([
  'canceled_by_merchant',
  'expired_on_confirmation',
  'expired_on_capture',
])

export function statusOf({
  status,
  confirmation,
  cancellation_details: why,
}: Pick<YooKassaPayment, 'status' | 'confirmation' | 'cancellation_details'>): ProviderStatus {
  switch (status) {
    case 'pending':
      return confirmation === undefined ? 'processing' : 'pending_psp_redirect'
    case 'waiting_for_capture':
      return 'authorized'
    case 'succeeded':
      return 'completed'
    case 'canceled':
      return why !== undefined && CANCELED_REASONS.has(why.reason) ? 'canceled' : 'failed'
    default:
      return 'unmapped'
  }
}
