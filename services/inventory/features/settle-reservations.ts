// Moves the reservations of an order to the states that its news asks for. What is there already stays; a copy that was released
// and is paid all the same takes another one, or the shortfall is an error that people must see.

import { reservationStates } from '@rialto/contracts/inventory/states.ts'
import { decideMove } from '@rialto/kernel/pure/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { stockChange } from '../domain/stock.ts'
import {
  holdStock,
  moveStock,
  type ReservationRow,
  type ReservationState,
  setReservation,
} from '../store.ts'

async function settle(
  tx: Tx,
  reservation: ReservationRow,
  to: ReservationState,
): Promise<ReservationRow> {
  const { order_id: orderId, product_id: productId, quantity, state } = reservation
  if (decideMove(reservationStates, state, to) !== 'move') return reservation
  if (state === 'released' && (await tx.run(holdStock(productId, quantity))) === 0) {
    tx.ctx.log.error(
      { order_id: orderId, product_id: productId },
      'oversold: the order came after its hold was released',
    )
    return reservation
  }
  const { held, sold } = stockChange(state === 'released' ? 'held' : state, to)
  await tx.move(reservationStates, state, to, setReservation(orderId, productId, to))
  tx.write(moveStock(productId, held * quantity, sold * quantity))
  return { ...reservation, state: to }
}

/** Moves these reservations, which are locked; answers them as they are then. */
export async function settleReservations(
  tx: Tx,
  reservations: readonly ReservationRow[],
  stateOf: (productId: string) => ReservationState,
): Promise<ReservationRow[]> {
  const settled: ReservationRow[] = []
  for (const reservation of reservations)
    settled.push(await settle(tx, reservation, stateOf(reservation.product_id)))
  return settled
}
