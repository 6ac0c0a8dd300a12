// Why money came too late for its order and went back: the reasons of a refund that nobody asked for. Mails say each in words of
// their own.

export const lateReasons = [
  /** Another attempt, or a change of the order, had taken the place of the one that was paid. */
  'superseded',
  /** It was paid before the order was changed, and for what the order was then. */
  'order_changed',
  /** The provider had said that it will not be paid. */
  ...(['payment_failed', 'payment_canceled'] as const),
  /** Its order was canceled, or its time was over. */
  'order_ended',
] as const

export type LateReason = (typeof lateReasons)[number]
