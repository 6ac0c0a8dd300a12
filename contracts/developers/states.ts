// What moves a developer's balance: data for the CHECK constraint, the steps and the picture.

import { machine } from '@rialto/kernel/pure/states.ts'

/** A balance has no states but its being brought up to date, line by line. */
export const developerBalanceStates = machine({
  name: 'developer_balance',
  initial: 'updated',
  next: { updated: [] },
})
