// Places an order: what the user pays is asked of the catalog now and frozen on the lines, and copies of limited editions are
// held before the order is written. A price other than the one that the buyer was shown is told and not ordered. That a game is
// bought once is decided by the index over lines that hold their product, so that two tabs cannot both win.

import type { AccountsClient } from '@rialto/contracts/accounts/client.ts'
import type { CatalogClient } from '@rialto/contracts/catalog/client.ts'
import type { InventoryClient } from '@rialto/contracts/inventory/client.ts'
import type { LibraryClient } from '@rialto/contracts/library/client.ts'
import { initiateOrder as route } from '@rialto/contracts/orders/http.ts'
import { orderStates } from '@rialto/contracts/orders/states.ts'
import type { Body } from '@rialto/kernel/pure/contract.ts'
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

type Facts = Pick<NewOrder, 'orderId' | 'region' | 'lines' | 'currency' | 'totalMinor'>

/** The price of one product for this buyer, who must not own it. */
async function price(
  ask: Ask<typeof route, Clients, Parts>,
  region: string,
  productId: string,
): Promise<Priced> {
  const { clients, caller, input } = ask
  const { currency = '' } = input.body.expected_total ?? {}
  const [told, { owned }] = await Promise.all([
    clients.catalog.getProductPrice({ productId, userRegion: region, currency }),
    clients.library.findOwned({ params: { user_id: caller.id }, query: { product_id: productId } }),
  ])
  if (owned) throw new Problem(problems.already_owned, { facts: { product_id: productId } })
  return { price: told, productId }
}

/** The sum of the lines, which is the one that the buyer was shown, if they say which that was. */
function sumUp(
  priced: readonly ReturnType<typeof pricedLine>[],
  expected: Body<typeof route>['expected_total'],
): Pick<Facts, 'lines' | 'currency' | 'totalMinor'> {
  const currency = priced[0]?.currency ?? ''
  if (priced.some((one) => one.currency !== currency)) throw new Problem(problems.mixed_currencies)
  const lines = priced.map((one) => one.line)
  const totalMinor = totalOf(currency, lines)
  // The catalog has refused any other currency.
  if (expected !== undefined && BigInt(expected.amount) !== totalMinor)
    throw new Problem(problems.price_changed, {
      facts: { total_amount: toJsonMinor(totalMinor), currency },
    })
  return { lines, currency, totalMinor }
}

async function gather(ask: Ask<typeof route, Clients, Parts>): Promise<Facts> {
  const products = productsOf(ask.input.body)
  const { clients, caller, ctx } = ask
  const orderId = ctx.env.ids.next('ord')
  const { region } = await clients.accounts.getUser({ params: { user_id: caller.id } })
  const priced = await Promise.all(products.map((product) => price(ask, region, product)))
  const lines = priced.map((one) => pricedLine(ctx.env.ids.next('lin'), one))
  const sum = sumUp(lines, ask.input.body.expected_total)
  const limited = priced.filter((one) => one.price.limited)
  if (limited.length > 0) {
    const items = limited.map(({ productId }) => ({ product_id: productId, quantity: 1 }))
    await clients.inventory.reserve({ body: { order_id: orderId, user_id: caller.id, items } })
  }
  return { orderId, region, ...sum }
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
    const order: NewOrder = {
      ...facts,
      userId: caller.id,
      createdAtMs: now,
      expiresAtMs: now + parts.config.expiresAfterMs,
    }
    await place(tx, order)
    // Not before: what was refused would be the record of an order that does not exist.
    ctx.flow = order.orderId
    publishOrderCreated(tx, order, input.body.selected_payment_method_hint)
    return reply(201, {
      order_id: order.orderId,
      status: 'pending_payment' as const,
      total_amount: toJsonMinor(order.totalMinor),
      currency: order.currency,
      expires_at: isoInstant(order.expiresAtMs),
    })
  },
})
