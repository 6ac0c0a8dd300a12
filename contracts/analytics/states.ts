// A purchase fact is written once and stays: data for the step and the picture.

import { machine } from '@rialto/kernel/pure/states.ts'

export const purchaseFactStates = machine({
  name: 'purchase_fact',
  initial: 'recorded',
  next: { recorded: [] },
})
