import { problems } from '@rialto/kernel/pure/problem.ts'

export const paymentProblems = problems('payments', {
  unknown_payment: [
    404,
    'There is no such payment',
    'Check the id; you see only your own payments.',
  ],
  order_not_payable: [
    409,
    'This order cannot be paid',
    'Look at the order’s status; place a new order if it has ended.',
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
  provider_unavailable: [
    503,
    'The payment provider does not answer',
    'Your payment is being checked; look at its status before you pay again.',
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
