import { reserveStock } from '@rialto/contracts/inventory/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { feature, reply } from '@rialto/kernel/service/feature.ts'
import { problems } from '../errors.ts'
import { holdStock, insertReservation, selectLimited } from '../store.ts'

export const reserve = feature(reserveStock, {
  async act({ input, tx, now }) {
    const { order_id: orderId, items } = input.body
    const quantities = new Map(items.map((item) => [item.product_id, item.quantity]))
    const limited = await tx.many(selectLimited([...quantities.keys()]))
    for (const { product_id: productId } of limited) {
      const quantity = quantities.get(productId) ?? 1
      const fresh = await tx.run(insertReservation({ orderId, productId, quantity, atMs: now }))
      if (fresh === 0) continue
      if ((await tx.run(holdStock(productId, quantity))) === 0)
        throw new Problem(problems.sold_out, { facts: { product_id: productId } })
    }
    return reply(200, { reserved: limited.length })
  },
})
