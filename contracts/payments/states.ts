// The states of a payment and of one call to its provider: data for the code, the CHECK constraints, the tests, the picture.

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

export type PaymentState = keyof typeof paymentStates.next
export type OperationState = keyof typeof operationStates.next
