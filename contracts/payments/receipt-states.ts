// The states of a fiscal receipt: data for the code, the CHECK constraint, the tests and the picture. A receipt that failed is
// tried again, with an alert, until the register has it: a buyer's right to it does not end.

import { machine } from '@rialto/kernel/pure/states.ts'

export const receiptStates = machine({
  name: 'fiscal_receipt',
  initial: 'pending',
  next: {
    pending: ['fiscalized_success', 'failed'],
    failed: ['pending'],
    fiscalized_success: [],
  },
})

export type ReceiptState = keyof typeof receiptStates.next
