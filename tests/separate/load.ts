// Buyers who do not repeat anything: what fails, failed for a person. They count, and buy until they are told to stop.

import { randomUUID } from 'node:crypto'
import { type Answer, type CallOptions, callApi, newBuyer, poll } from 'rialto/demo/buyer.ts'
import type { Separate } from './surroundings.ts'

export interface Load {
  requests: number
  bought: number
  readonly failures: string[]
}

type Line = Parameters<typeof callApi>[1]

const UNTIL_FULFILLED_MS = 60_000

/** One purchase; every answer must be a good one. */
async function buy({ shop, fleet }: Separate, load: Load, game: string): Promise<void> {
  const { url } = fleet
  const ask = async (line: Line, options: CallOptions): Promise<Answer> => {
    load.requests += 1
    const answer = await callApi(url, line, options)
    if (answer.status >= 300)
      throw new Error(`${line}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer
  }
  const { token } = await newBuyer(url)
  load.requests += 2
  const order = await ask('POST /orders/initiate', {
    token,
    key: randomUUID(),
    body: { product_id: game, quantity: 1, selected_payment_method_hint: 'card' },
  })
  const orderId = String(order.body.order_id)
  const payment = await ask('POST /payments/transactions/initiate', {
    token,
    key: randomUUID(),
    body: {
      order_id: orderId,
      payment_method_type_hint: 'card',
      success_url: `https://shop.example/orders/${orderId}`,
      fail_url: `https://shop.example/orders/${orderId}`,
    },
  })
  const page = new URL(String(payment.body.redirect_url))
  shop.sandbox.control.pay(page.pathname.split('/').at(-1) ?? '')
  const status = await poll(
    async () => (await ask(`GET /orders/${orderId}`, { token })).body.status,
    (now) => now === 'fulfilled',
    UNTIL_FULFILLED_MS,
  )
  if (status !== 'fulfilled') throw new Error(`${orderId} is ${String(status)} for too long`)
  load.bought += 1
}

/** Some buyers at once, each buying again and again until the work is done. */
export async function underLoad(
  separate: Separate,
  { buyers, game }: { readonly buyers: number; readonly game: string },
  work: (load: Load) => Promise<void>,
): Promise<Load> {
  const load: Load = { requests: 0, bought: 0, failures: [] }
  let over = false
  const shopping = async (): Promise<void> => {
    // One failure is told; a hundred more of the same would only hide it.
    while (!over && load.failures.length === 0)
      await buy(separate, load, game).catch((error: unknown) => load.failures.push(String(error)))
  }
  const all = Array.from({ length: buyers }, shopping)
  try {
    await work(load)
  } finally {
    over = true
    await Promise.all(all)
  }
  return load
}
