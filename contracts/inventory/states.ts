// A reserved copy: held while its order is placed and waits, committed when it is paid, released when it ends otherwise.

import { machine } from '@rialto/kernel/pure/states.ts'

export const reservationStates = machine({
  name: 'reservation',
  initial: 'held',
  next: {
    held: ['committed', 'released'],
    committed: ['released'],
    released: ['held', 'committed'],
  },
})
