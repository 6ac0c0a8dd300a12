// The states of an order, as the specification lists them: data for the code, the CHECK constraint, the tests and the picture.

import { machine } from '@rialto/kernel/pure/states.ts'

export const orderStates = machine({
  name: 'order',
  initial: 'pending_payment',
  next: {
    pending_payment: ['completed', 'canceled', 'expired'],
    completed: ['fulfilled', 'partially_refunded', 'refunded'],
    fulfilled: ['partially_refunded', 'refunded'],
    partially_refunded: ['refunded'],
    refunded: [],
    canceled: [],
    expired: [],
  },
})

export type OrderState = keyof typeof orderStates.next
