// Orders with stand-ins for the services it asks, which answer what the test wants.

import type { TestContext } from 'node:test'
import { getUser } from '@rialto/contracts/accounts/http.ts'
import { catalogProblems } from '@rialto/contracts/catalog/problems.ts'
import { type GetProductPriceRequest, Pricing } from '@rialto/contracts/gen/catalog/pricing_pb.ts'
import { reserveStock } from '@rialto/contracts/inventory/http.ts'
import { inventoryProblems } from '@rialto/contracts/inventory/problems.ts'
import { findOwned } from '@rialto/contracts/library/http.ts'
import { initiateOrder } from '@rialto/contracts/orders/http.ts'
import { PaymentIntentCreated, PaymentStatusUpdated } from '@rialto/contracts/payments/events.ts'
import { findUnsettled, lookNow } from '@rialto/contracts/payments/http.ts'
import type { PaymentState } from '@rialto/contracts/payments/states.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { type TestHost, testHost, testUser } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { orders } from './service.ts'

const ids = testIds(7)
export const games = {
  known: ids.next('prd'),
  unknown: ids.next('prd'),
  other: ids.next('prd'),
  limited: ids.next('prd'),
  /** Sold in another currency than the others. */
  foreign: ids.next('prd'),
  /** Of a tax code that no register takes. */
  untaxable: ids.next('prd'),
}
export const [anna, boris] = [testUser(ids.next('usr')), testUser(ids.next('usr'))]
export const PRICE = 79_900

const standIn = (more: Pick<Service, 'name' | 'participant'> & Partial<Service>): Service => ({
  migrations: new URL('./domain/', import.meta.url),
  features: [],
  handlers: [],
  jobs: [],
  uses: [],
  publishes: [],
  problems: {},
  ...more,
})

type Standing = 'paid' | 'deciding' | 'unanswered'

export interface Shop extends TestHost {
  /** Pairs of user and product that the library has. */
  readonly owned: Set<string>
  /** Limited products of which no copy is left. */
  readonly soldOut: Set<string>
  /** Orders that copies were asked for. */
  readonly reserved: string[]
  /** What payments knows and may not have told: order → payment; undefined while it does not answer. */
  readonly till: { unsettled: ReadonlyMap<string, string> | undefined; standing: Standing }
  order(caller: typeof anna, productId?: string): ReturnType<TestHost['call']>
  /** Tells orders of a payment's change, as payments does. */
  pay(
    paymentId: string,
    status: PaymentState,
    more: { order_id: string; amount?: number },
  ): Promise<unknown>
  intent(orderId: string, paymentId: string): Promise<unknown>
  row(orderId: string): Promise<Record<string, unknown>>
}

type Neighbours = Pick<Shop, 'owned' | 'soldOut' | 'reserved' | 'till'>

function standIns({ owned, soldOut, reserved, till }: Neighbours): Service[] {
  const user = query(getUser, async ({ input }) =>
    reply(200, {
      ...{ user_id: input.params.user_id, email: 'a@example.org', display_name: 'A' },
      ...{ region: 'RU', locale: 'ru' as const, tier: 'standard' as const },
      ...{ roles: ['customer' as const], email_verified: true, created_at: isoInstant(0) },
    }),
  )
  const library = query(findOwned, async ({ input }) =>
    reply(200, { owned: owned.has(`${input.params.user_id} ${input.query.product_id}`) }),
  )
  const pricing = {
    descriptor: Pricing,
    implement: () => ({
      getProductPrice({ productId, currency: asked }: GetProductPriceRequest) {
        if (productId === games.unknown) throw new Problem(catalogProblems.unknown_product)
        const currency = productId === games.foreign ? 'KZT' : 'RUB'
        if (asked !== '' && asked !== currency) throw new Problem(catalogProblems.wrong_currency)
        return {
          price: { minorUnits: BigInt(PRICE), currency },
          listPrice: { minorUnits: 99_900n, currency },
          promotionsApplied: [{ id: 'p1', name: 'Autumn', discountMinor: 20_000n }],
          ...{
            title: 'Salt & Signal',
            kind: 'game',
            developerId: 'dev1',
            taxCode: productId === games.untaxable ? 'vat-22' : 'vat22',
            limited: productId === games.limited,
          },
        }
      },
    }),
  }
  const stock = query(reserveStock, async ({ input }) => {
    const { items } = input.body
    if (soldOut.has(items[0]?.product_id ?? '')) throw new Problem(inventoryProblems.sold_out)
    reserved.push(input.body.order_id)
    return reply(200, { reserved: items.length })
  })
  const look = query(lookNow, async ({ input }) => {
    if (till.unsettled === undefined) throw new Unavailable('payments is down')
    const transaction_id = till.unsettled.get(input.body.order_id)
    const { standing } = till
    return reply(200, { items: transaction_id === undefined ? [] : [{ transaction_id, standing }] })
  })
  const unsettled = query(findUnsettled, async ({ input }) => {
    if (till.unsettled === undefined) throw new Unavailable('payments is down')
    const items = [...till.unsettled].map(([order_id, transaction_id]) => ({
      order_id,
      transaction_id,
    }))
    return reply(200, {
      items: items.filter((item) => input.query.order_id.includes(item.order_id)),
    })
  })
  return [
    standIn({ name: 'payments', participant: 'PaymentSvc', features: [unsettled, look] }),
    standIn({ name: 'inventory', participant: 'InventoryService', features: [stock] }),
    standIn({ name: 'accounts', participant: 'UserService', features: [user] }),
    standIn({ name: 'library', participant: 'LibrarySvc', features: [library] }),
    standIn({ name: 'catalog', participant: 'CatalogSvc', rpcs: [pricing] }),
  ]
}

export async function openShop(t: TestContext): Promise<Shop> {
  const owned = new Set<string>()
  const soldOut = new Set<string>()
  const reserved: string[] = []
  const till: Shop['till'] = { unsettled: new Map(), standing: 'deciding' }
  const host = await testHost(t, {
    services: [orders, ...standIns({ owned, soldOut, reserved, till })],
  })
  const about = { user_id: anna.id, amount: PRICE, currency: 'RUB' }
  return {
    ...host,
    owned,
    soldOut,
    reserved,
    till,
    order: (caller, product_id = games.known) =>
      host.call(initiateOrder, { caller, body: { product_id, quantity: 1 } }),
    pay: (transaction_id, new_status, more) =>
      host.deliver(
        orders,
        host.event(PaymentStatusUpdated, {
          ...{ transaction_id, ...about, old_status: 'created' as const, new_status },
          ...{ updated_at: isoInstant(host.clock.now()), late: false, ...more },
        }),
      ),
    intent: (order_id, payment_intent_id) =>
      host.deliver(
        orders,
        host.event(PaymentIntentCreated, { payment_intent_id, order_id, ...about }),
      ),
    async row(orderId) {
      const { rows } = await host.db.pool.query('select * from orders.orders where order_id = $1', [
        orderId,
      ])
      return rows[0] as Record<string, unknown>
    },
  }
}
