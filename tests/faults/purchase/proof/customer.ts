// One customer's whole way in the weather of the proof: most pay and get their game; some give the order up at the moment they
// pay, or before, and get the game or their money back, whichever was first.

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Chance } from '../../log/random.ts'
import type { Bought, Crowd } from '../people/buyer.ts'
import type { Weather } from './weather.ts'

const LOOK_EVERY_MS = 400

export interface Customers {
  readonly crowd: Crowd
  readonly chance: Chance
  readonly weather: Weather
}

type Begun = Bought & { readonly atProvider: string }

/** Cancels; whether that is still possible is for the platform to say. */
async function giveUp({ crowd }: Customers, { token, orderId }: Begun): Promise<void> {
  const answer = await crowd.ask(`POST /orders/${orderId}/cancel`, { token, key: randomUUID() })
  if (answer.status !== 200 && answer.status !== 409)
    throw new Error(`cancel of ${orderId}: ${answer.status} ${JSON.stringify(answer.body)}`)
}

/** Waits for the game or for the money. */
async function getEither({ crowd }: Customers, begun: Begun): Promise<void> {
  const { token, orderId, transactionId } = begun
  for (;;) {
    const order = await crowd.expect(200, `GET /orders/${orderId}`, { token })
    if (order.status === 'fulfilled') return crowd.receive(begun)
    const payment = await crowd.expect(200, `GET /payments/transactions/${transactionId}`, {
      token,
    })
    if (order.status === 'canceled' && payment.status === 'refunded') return
    await pause(LOOK_EVERY_MS)
  }
}

export async function shopAround(customers: Customers): Promise<void> {
  const { crowd, chance, weather } = customers
  const order = await crowd.order()
  const askedAt = performance.now()
  weather.beforeStart()
  const { status, body } = await crowd.start(order)
  if (status !== 201)
    throw new Error(`payment of ${order.orderId}: ${status} ${JSON.stringify(body)}`)
  const payment = { ...order, transactionId: String(body.transaction_id) }
  const begun = { ...payment, atProvider: await crowd.pageOf(payment) }
  await weather.forge(begun.atProvider)
  const mood = chance.below(100)
  if (mood < 2) await giveUp(customers, begun)
  weather.pay(begun.atProvider, askedAt)
  if (mood === 2) await giveUp(customers, begun)
  await weather.forge(begun.atProvider)
  return mood <= 2 ? getEither(customers, begun) : crowd.receive(begun)
}
