// Places an order: what the user pays is asked of the catalog now and frozen on the lines, and copies of limited editions are
// held before the order is written. That a game is bought once is decided by the index over lines that hold their product, so
// that two tabs cannot both win.

import type { AccountsClient } from '@rialto/contracts/accounts/client.ts'
import type { CatalogClient } from '@rialto/contracts/catalog/client.ts'
import type { InventoryClient } from '@rialto/contracts/inventory/client.ts'
import type { LibraryClient } from '@rialto/contracts/library/client.ts'
import { initiateOrder as route } from '@rialto/contracts/orders/http.ts'
import { orderStates } from '@rialto/contracts/orders/states.ts'
import { toJsonMinor } from '@rialto/kernel/pure/money.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { type Ask, feature, reply } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { productsOf } from '../domain/cart.ts'
import { type NewOrder, totalOf } from '../domain/order.ts'
import { type Priced, pricedLine } from '../domain/priced-line.ts'
import { problems } from '../errors.ts'
import { publishOrderCreated } from '../events/publishers.ts'
import { insertOrder, selectHolder } from '../store.ts'

interface Clients {
  readonly accounts: AccountsClient
  readonly catalog: CatalogClient
  readonly library: LibraryClient
  readonly inventory: InventoryClient
}

interface Facts {
  readonly orderId: string
  readonly region: string
  readonly priced: readonly Priced[]
}

/** The price of one product for this buyer, who must not own it. */
async function price(
  ask: Ask<typeof route, Clients, Parts>,
  region: string,
  productId: string,
): Promise<Priced> {
  const { clients, caller } = ask
  const [told, { owned }] = await Promise.all([
    clients.catalog.getProductPrice({ productId, userRegion: region, currency: '' }),
    clients.library.findOwned({ params: { user_id: caller.id }, query: { product_id: productId } }),
  ])
  if (owned) throw new Problem(problems.already_owned, { facts: { product_id: productId } })
  return { price: told, productId }
}

async function gather(ask: Ask<typeof route, Clients, Parts>): Promise<Facts> {
  const products = productsOf(ask.input.body)
  const { clients, caller, ctx } = ask
  const orderId = ctx.env.ids.next('ord')
  const { region } = await clients.accounts.getUser({ params: { user_id: caller.id } })
  const priced = await Promise.all(products.map((product) => price(ask, region, product)))
  const limited = priced.filter((one) => one.price.limited)
  if (limited.length > 0) {
    const items = limited.map(({ productId }) => ({ product_id: productId, quantity: 1 }))
    await clients.inventory.reserve({ body: { order_id: orderId, user_id: caller.id, items } })
  }
  return { orderId, region, priced }
}

/** Writes the order, or refuses because a line of this user holds one of its products. */
async function place(tx: Tx, order: NewOrder): Promise<void> {
  const written = new Set((await tx.many(insertOrder(order))).map((row) => row.line_id))
  const held = order.lines.find((line) => !written.has(line.lineId))
  if (held === undefined) return tx.step(orderStates, orderStates.initial)
  const holder = await tx.maybe(selectHolder(order.userId, held.productId))
  const open = holder === undefined || holder.status === 'pending_payment'
  throw new Problem(open ? problems.already_in_order : problems.already_owned, {
    facts: { product_id: held.productId, ...(holder && { order_id: holder.order_id }) },
  })
}

export const initiateOrder = feature<typeof route, Clients, Parts, Facts>(route, {
  ask: gather,
  async act({ input, caller, facts, tx, ctx, now, parts }) {
    const { orderId, region, priced } = facts
    ctx.flow = orderId
    const lines = priced.map((one) => pricedLine(ctx.env.ids.next('lin'), one))
    const currency = lines[0]?.currency ?? ''
    if (lines.some((line) => line.currency !== currency))
      throw new Problem(problems.mixed_currencies)
    const order: NewOrder = {
      ...{
        orderId,
        region,
        userId: caller.id,
        lines: lines.map((l) => l.line),
        currency,
        createdAtMs: now,
      },
      totalMinor: totalOf(
        currency,
        lines.map((l) => l.line),
      ),
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
