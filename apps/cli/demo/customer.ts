// A customer of a demo: an account that places orders and starts to pay them, over HTTP and under its own name. Where hours of
// the platform's time pass, its session ends; it then logs in again, as a person would.

import { randomUUID } from 'node:crypto'
import { Failed } from '../command.ts'
import { type Answer, type CallOptions, callApi, expectStatus, logIn, newBuyer } from './buyer.ts'

type Line = Parameters<typeof callApi>[1]

export interface Started {
  readonly transaction_id: string
  readonly status: string
  readonly redirect_url?: string
  readonly psp_sdk_data?: { readonly qr: string }
}

export interface Customer {
  /** Ids of the games on sale, in the order of the list. */
  readonly games: readonly string[]
  read<Body>(line: Line): Promise<Body>
  ask<Body>(line: Line, options?: CallOptions): Promise<Answer<Body>>
  order(game: string, method: string): Promise<string>
  pay(orderId: string, way: object): Promise<Started>
}

async function gamesOf(url: string): Promise<string[]> {
  const { items } = await expectStatus(
    200,
    callApi<{ items: { product_id: string; price?: unknown; available?: unknown }[] }>(
      url,
      'GET /catalog/products?region=RU',
    ),
  )
  const games = items.filter((item) => item.price !== undefined).map((item) => item.product_id)
  if (games.length < 2)
    throw new Failed('the shop sells too little here; start the platform with its demo data')
  return games
}

export async function newCustomer(url: string): Promise<Customer> {
  const { email, token: first } = await newBuyer(url)
  let token = first
  const ask = async <Body>(line: Line, options: CallOptions = {}): Promise<Answer<Body>> => {
    const answer = await callApi<Body>(url, line, { token, ...options })
    if (answer.status !== 401) return answer
    token = await logIn(url, email)
    return callApi<Body>(url, line, { token, ...options })
  }
  return {
    games: await gamesOf(url),
    ask,
    read: (line) => expectStatus(200, ask(line)),
    async order(product_id, method) {
      const body = { product_id, quantity: 1, selected_payment_method_hint: method }
      const options = { key: randomUUID(), body }
      const placed = ask<{ order_id: string }>('POST /orders/initiate', options)
      return (await expectStatus(201, placed)).order_id
    },
    pay(order_id, way) {
      const back = `${url}/store/orders/${order_id}`
      const body = { order_id, success_url: back, fail_url: back, ...way }
      const options = { key: randomUUID(), body }
      return expectStatus(201, ask<Started>('POST /payments/transactions/initiate', options))
    },
  }
}
