// Places an order: what the user pays is asked of the catalog now and frozen on the line. That a game is bought once is decided
// by the index over lines that hold their product, so that two tabs cannot both win.

import type { AccountsClient } from '@rialto/contracts/accounts/client.ts'
import type { CatalogClient } from '@rialto/contracts/catalog/client.ts'
import type { LibraryClient } from '@rialto/contracts/library/client.ts'
import { initiateOrder as route } from '@rialto/contracts/orders/http.ts'
import { orderStates } from '@rialto/contracts/orders/states.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { feature, reply } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { type NewOrder, totalOf } from '../domain/order.ts'
import { type Priced, pricedLine } from '../domain/priced-line.ts'
import { problems } from '../errors.ts'
import { publishOrderCreated } from '../events/publishers.ts'
import { insertLine, insertOrder, selectHolder } from '../store.ts'

interface Clients {
  readonly accounts: AccountsClient
  readonly catalog: CatalogClient
  readonly library: LibraryClient
}

/** Writes the order, or refuses because a line of this user holds one of its products. */
async function place(tx: Tx, order: NewOrder): Promise<void> {
  tx.begin(orderStates, 'pending_payment', insertOrder(order))
  for (const [position, line] of order.lines.entries()) {
    if ((await tx.run(insertLine(order, line, position))) === 1) continue
    const holder = await tx.maybe(selectHolder(order.userId, line.productId))
    const open = holder === undefined || holder.status === 'pending_payment'
    throw new Problem(open ? problems.already_in_order : problems.already_owned, {
      facts: { product_id: line.productId, ...(holder && { order_id: holder.order_id }) },
    })
  }
}

export const initiateOrder = feature<typeof route, Clients, Parts, Priced>(route, {
  async ask({ input, caller, clients }) {
    const { product_id, quantity } = input.body
    if (quantity !== 1) throw new Problem(problems.quantity_not_allowed)
    const user = await clients.accounts.getUser({ params: { user_id: caller.id } })
    const request = { productId: product_id, userRegion: user.region, currency: '' }
    const [price, { owned }] = await Promise.all([
      clients.catalog.getProductPrice(request),
      clients.library.findOwned({ params: { user_id: caller.id }, query: { product_id } }),
    ])
    if (owned) throw new Problem(problems.already_owned, { facts: { product_id } })
    return { price, productId: product_id }
  },
  async act({ input, caller, facts, tx, ctx, now, parts }) {
    const orderId = ctx.env.ids.next('ord')
    ctx.flow = orderId
    const { line, currency } = pricedLine(ctx.env.ids.next('lin'), facts)
    const order: NewOrder = {
      ...{ orderId, userId: caller.id, lines: [line], currency, createdAtMs: now },
      totalMinor: totalOf(currency, [line]),
      expiresAtMs: now + parts.config.expiresAfterMs,
    }
    await place(tx, order)
    publishOrderCreated(tx, order, input.body.selected_payment_method_hint)
    return reply(201, {
      order_id: orderId,
      status: 'pending_payment' as const,
      total_amount: toJsonMinor(order.totalMinor),
      currency,
      expires_at: isoInstant(order.expiresAtMs),
    })
  },
})
