// A person with the shop's client application, step by step. Everything goes over HTTP, as from any client.

import { randomUUID } from 'node:crypto'
import type { Outcome } from '@rialto/sandbox/yookassa/engine/desk.ts'
import { type Buyer, callApi, expectStatus, newBuyer, payAtSandbox } from 'rialto/demo/buyer.ts'

export interface Ordered {
  readonly buyer: Buyer
  readonly orderId: string
}

/** Ids of the demo shop's games that are sold in Russia, in the order of the list. */
export async function gamesOf(url: string, region = 'RU'): Promise<string[]> {
  const { items } = await expectStatus(
    200,
    callApi<{ items: { product_id: string; price?: unknown }[] }>(
      url,
      `GET /catalog/products?limit=100&region=${region}`,
    ),
  )
  return items.filter((item) => item.price !== undefined).map((item) => item.product_id)
}

/** Orders a game, the first of the list unless told otherwise. */
export async function order(
  url: string,
  choice: { buyer?: Buyer; game?: string } = {},
): Promise<Ordered> {
  const buyer = choice.buyer ?? (await newBuyer(url))
  const game = choice.game ?? (await gamesOf(url))[0]
  const { order_id } = await expectStatus(
    201,
    callApi<{ order_id: string }>(url, 'POST /orders/initiate', {
      token: buyer.token,
      key: randomUUID(),
      body: { product_id: game, quantity: 1, selected_payment_method_hint: 'card' },
    }),
  )
  return { buyer, orderId: order_id }
}

/** What starting to pay sends. */
export const paymentBody = (orderId: string) => ({
  order_id: orderId,
  payment_method_type_hint: 'card',
  success_url: `https://shop.example/orders/${orderId}`,
  fail_url: `https://shop.example/orders/${orderId}`,
})

/** Starts to pay, by card unless told otherwise; answers the address of the provider's page. */
export async function startPaying(
  url: string,
  { buyer, orderId }: Ordered,
  way: object = {},
): Promise<string> {
  const { redirect_url } = await expectStatus(
    201,
    callApi<{ redirect_url: string }>(url, 'POST /payments/transactions/initiate', {
      token: buyer.token,
      key: randomUUID(),
      body: { ...paymentBody(orderId), ...way },
    }),
  )
  return redirect_url
}

/** One attempt: to the provider's page, and what happens there. */
export async function pay(url: string, ordered: Ordered, outcome: Outcome = 'ok'): Promise<void> {
  await payAtSandbox(await startPaying(url, ordered), outcome)
}

/** Looks into the library; answers the orders whose games stand in it. */
export async function library(url: string, { buyer }: Pick<Ordered, 'buyer'>): Promise<string[]> {
  const { items } = await expectStatus(
    200,
    callApi<{ items: { order_id: string }[] }>(url, 'GET /library/items', { token: buyer.token }),
  )
  return items.map((item) => item.order_id)
}
