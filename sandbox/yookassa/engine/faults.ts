// The operations of the API that a misfortune can be set for.

export const OPERATIONS = [
  ...(['payments.create', 'payments.read', 'payments.list', 'payments.capture'] as const),
  ...(['payments.cancel', 'refunds.create', 'refunds.read', 'refunds.list', 'any'] as const),
]
export type Operation = (typeof OPERATIONS)[number]
