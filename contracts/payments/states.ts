// The states of a payment, of one call to its provider and of a refund: data for the code, the CHECK constraints, the tests, the picture.

import { machine } from '@rialto/kernel/pure/states.ts'

export const paymentStates = machine({
  name: 'payment',
  initial: 'created',
  next: {
    created: [
      'pending_psp_redirect',
      'processing',
      'authorized',
      'completed',
      'failed',
      'canceled',
    ],
    pending_psp_redirect: ['processing', 'authorized', 'completed', 'failed', 'canceled'],
    processing: ['authorized', 'completed', 'failed', 'canceled'],
    authorized: ['completed', 'canceled'],
    failed: ['completed'],
    canceled: ['completed'],
    completed: [],
  },
})

export const operationStates = machine({
  name: 'operation',
  initial: 'init',
  next: {
    init: ['sent'],
    sent: ['succeeded', 'declined', 'pending', 'unknown'],
    pending: ['succeeded', 'declined'],
    unknown: ['succeeded', 'declined'],
    succeeded: [],
    declined: [],
  },
})

/** Money on its way back. `succeeded` may be taken back by the provider; no refund is ever sent a second time. */
export const refundStates = machine({
  name: 'refund',
  initial: 'requested',
  next: {
    requested: ['submitted'],
    submitted: ['succeeded', 'failed', 'unknown'],
    unknown: ['succeeded', 'failed'],
    succeeded: ['reversed'],
    failed: [],
    reversed: [],
  },
})

/** What a payment is shown as: its state, or how much of its money went back. */
export type PaymentStatus = PaymentState | 'partially_refunded' | 'refunded'
export type RefundState = keyof typeof refundStates.next
export type PaymentState = keyof typeof paymentStates.next
export type OperationState = keyof typeof operationStates.next
