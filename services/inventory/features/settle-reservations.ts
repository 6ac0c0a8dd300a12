// Moves all reservations of an order to the state that its end asks for. What is there already stays; a copy that was released
// and is paid all the same takes another one, or the shortfall is an error that people must see.

import { reservationStates } from '@rialto/contracts/inventory/states.ts'
import { decideMove } from '@rialto/kernel/pure/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { stockChange } from '../domain/stock.ts'
import {
  holdStock,
  lockReservations,
  moveStock,
  type ReservationState,
  setReservation,
} from '../store.ts'

async function settle(tx: Tx, orderId: string, to: ReservationState): Promise<void> {
  for (const { product_id: productId, quantity, state } of await tx.many(
    lockReservations(orderId),
  )) {
    if (decideMove(reservationStates, state, to) !== 'move') continue
    if (state === 'released' && (await tx.run(holdStock(productId, quantity))) === 0) {
      tx.ctx.log.error(
        { order_id: orderId, product_id: productId },
        'oversold: the order came after its hold was released',
      )
      continue
    }
    const { held, sold } = stockChange(state === 'released' ? 'held' : state, to)
    await tx.move(reservationStates, state, to, setReservation(orderId, productId, to))
    tx.write(moveStock(productId, held * quantity, sold * quantity))
  }
}

export const commitReservations = (tx: Tx, orderId: string) => settle(tx, orderId, 'committed')
export const releaseReservations = (tx: Tx, orderId: string) => settle(tx, orderId, 'released')
export const keepReservations = (tx: Tx, orderId: string) => settle(tx, orderId, 'held')
