// Moves the reservations of an order to the states that its news asks for. What is there already stays; a copy that was released
// and is paid all the same takes another one, or the shortfall is an error that people must see. Orders of one buyer that may not
// exist share a copy: who turns out to exist takes it, who gives it up leaves it to those behind.

import { reservationStates } from '@rialto/contracts/inventory/states.ts'
import { decideMove } from '@rialto/kernel/pure/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { stockChange } from '../domain/stock.ts'
import {
  holdStock,
  moveStock,
  passHold,
  type ReservationRow,
  type ReservationState,
  setReservation,
  takeHold,
} from '../store.ts'

/** Reservations that lie locked, by order; kept as they are in the database. */
export type Locked = Map<string, ReservationRow[]>

/** Notes what became of a reservation, if it is among those locked. */
function note(
  locked: Locked,
  orderId: string,
  change: Pick<ReservationRow, 'product_id' | 'state'>,
): void {
  const rows = locked.get(orderId)
  const isIt = (row: ReservationRow) => row.product_id === change.product_id
  if (rows !== undefined)
    locked.set(
      orderId,
      rows.map((row) => (isIt(row) ? { ...row, ...change } : row)),
    )
}

/** Finds a copy for an order that has none: the one that its buyer holds for an order nobody knows, or a free one. */
async function findCopy(tx: Tx, locked: Locked, reservation: ReservationRow): Promise<boolean> {
  const { product_id, quantity } = reservation
  const taken = await tx.maybe(takeHold(reservation))
  if (taken !== undefined) {
    note(locked, taken.order_id, { product_id, state: 'released' })
    return true
  }
  return (await tx.run(holdStock(product_id, quantity))) > 0
}

/** Leaves a copy to the order behind, if there is one. */
async function leaveCopy(tx: Tx, locked: Locked, reservation: ReservationRow): Promise<boolean> {
  const passed = await tx.maybe(passHold(reservation))
  if (passed === undefined) return false
  note(locked, passed.order_id, { product_id: reservation.product_id, state: 'held' })
  return true
}

async function settle(
  tx: Tx,
  locked: Locked,
  move: { readonly reservation: ReservationRow; readonly to: ReservationState },
): Promise<void> {
  const { reservation, to } = move
  const { order_id: orderId, product_id: productId, quantity, state } = reservation
  if (decideMove(reservationStates, state, to) !== 'move') return
  if (state === 'released' && !(await findCopy(tx, locked, reservation))) {
    tx.ctx.log.error(
      { order_id: orderId, product_id: productId },
      'oversold: the order came after its hold was released',
    )
    return
  }
  await tx.move(reservationStates, state, to, setReservation(orderId, productId, to))
  note(locked, orderId, { product_id: productId, state: to })
  if (state === 'held' && to === 'released' && (await leaveCopy(tx, locked, reservation))) return
  const { held, sold } = stockChange(state === 'released' ? 'held' : state, to)
  tx.write(moveStock(productId, held * quantity, sold * quantity))
}

/** Moves the reservations of an order, which are among those locked. */
export async function settleReservations(
  tx: Tx,
  locked: Locked,
  news: { readonly orderId: string; readonly stateOf: (productId: string) => ReservationState },
): Promise<void> {
  for (const reservation of locked.get(news.orderId) ?? [])
    await settle(tx, locked, { reservation, to: news.stateOf(reservation.product_id) })
}
