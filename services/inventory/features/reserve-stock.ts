// Holds copies for an order that is about to be placed. Placing may fail afterwards, or be a repeated request, and its buyer may
// try as often as they like, also while an open order of theirs has the game already: all those orders share one copy. Whether the
// new one may come to be is decided by orders, which knows what the buyer has.

import { reserveStock } from '@rialto/contracts/inventory/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { feature, reply } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { problems } from '../errors.ts'
import {
  holdStock,
  insertBehind,
  insertReservation,
  lockBuyer,
  lockReserved,
  type NewReservation,
  selectLimited,
} from '../store.ts'

/** Notes the hold; false: there is one, and no copy is to be taken. */
async function note(tx: Tx, wanted: NewReservation): Promise<boolean> {
  while ((await tx.run(insertReservation(wanted))) === 0) {
    // Locked, so that the sweep which releases it finds us behind it. It may have been released meanwhile: then we try again.
    const reserved = await tx.many(lockReserved(wanted))
    if (reserved.some((row) => row.order_id === wanted.orderId)) return false
    if (reserved.length === 0) continue
    tx.write(insertBehind(wanted))
    return false
  }
  return true
}

async function take(tx: Tx, { productId, quantity }: NewReservation): Promise<void> {
  if ((await tx.run(holdStock(productId, quantity))) === 0)
    throw new Problem(problems.sold_out, { facts: { product_id: productId } })
}

export const reserve = feature(reserveStock, {
  async act({ input, tx, now }) {
    const { order_id: orderId, user_id: userId = null, items } = input.body
    const quantities = new Map(items.map((item) => [item.product_id, item.quantity]))
    const limited = await tx.many(selectLimited([...quantities.keys()]))
    if (userId !== null) tx.write(lockBuyer(userId))
    const noted: NewReservation[] = []
    for (const { product_id: productId } of limited) {
      const quantity = quantities.get(productId) ?? 1
      const wanted = { orderId, userId, productId, quantity, atMs: now }
      if (await note(tx, wanted)) noted.push(wanted)
    }
    // Reservations before stock, as everybody locks them.
    for (const wanted of noted) await take(tx, wanted)
    return reply(200, { reserved: limited.length })
  },
})
