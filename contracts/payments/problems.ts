import { problems } from '@rialto/kernel/pure/problem.ts'

export const paymentProblems = problems('payments', {
  unknown_payment: [
    404,
    'There is no such payment',
    'Check the id; you see only your own payments.',
  ],
  unknown_receipt: [
    404,
    'There is no such receipt',
    'Check the id; a receipt is made when the payment is completed.',
  ],
  order_not_payable: [
    409,
    'This order cannot be paid',
    'Look at the order; if it has ended, place a new one. Money that came too late goes back by itself.',
    'checking',
  ],
  order_already_paid: [
    409,
    'This order is paid already',
    'Nothing more is due; your money arrived once.',
    'safe',
  ],
  payment_in_progress: [
    409,
    'A payment of this order is being processed',
    'Wait for its result before paying again; you are not charged twice.',
    'checking',
  ],
  method_not_supported: [
    400,
    'This payment method is not offered',
    'Choose one of the offered methods.',
  ],
  payment_method_required: [
    400,
    'No saved payment method was named',
    'Name one of your saved payment methods in payment_method_id, or choose another way to pay.',
  ],
  unknown_payment_method: [
    404,
    'There is no such saved payment method',
    'Choose one of your saved payment methods, or pay another way and save that.',
  ],
  payment_method_in_use: [
    409,
    'A payment with this method is being processed',
    'Remove the method when that payment has its result.',
    'checking',
  ],
  provider_unavailable: [
    503,
    'The payment provider does not answer',
    'Your payment is being checked; look at its status before you pay or cancel again.',
    'checking',
  ],
  provider_refused: [
    502,
    'The payment provider refused the request',
    'Nothing was charged. Try again or use another method.',
  ],
  unknown_provider: [404, 'There is no such payment provider', 'Check the address.'],
  webhook_invalid: [
    400,
    'This is no notification of that provider',
    'Send the provider’s documented format.',
  ],
})
