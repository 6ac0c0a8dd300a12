// Why a payment came to nothing, by the provider's names. Pages and mails say each of these in words of their own, so that both give
// the same reason; a provider may name others, and those get words that are true of any.

export const declineReasons = [
  ...(['insufficient_funds', 'general_decline', 'card_expired', '3d_secure_failed'] as const),
  ...(['expired_on_confirmation', 'expired_on_capture', 'permission_revoked'] as const),
  ...(['fraud_suspected', 'payment_method_limit_exceeded'] as const),
] as const

export type DeclineReason = (typeof declineReasons)[number]
