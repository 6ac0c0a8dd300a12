// The purchase of `spec/000`: what a buyer does, and then what the living diagram says about it.

import { randomUUID } from 'node:crypto'
import { callApi, expectStatus, newBuyer, payAtSandbox, poll } from './buyer.ts'

export interface DemoResult {
  readonly flow: string
  readonly verdict: string
  readonly required: number
  readonly seen: number
  readonly deviations: readonly unknown[]
  readonly items: readonly string[]
  readonly id: string
  /** Milliseconds of each part, from the start of the purchase. */
  readonly ms: Readonly<Record<string, number>>
}

interface Judged {
  readonly verdict: string
  readonly required: number
  readonly seen: number
  readonly deviations: readonly unknown[]
  readonly items: readonly string[]
}

interface Bought {
  readonly token: string
  readonly orderId: string
  readonly redirectUrl: string
}

async function orderAndStart(url: string, mark: (name: string) => void): Promise<Bought> {
  const { token } = await newBuyer(url)
  const { items } = await expectStatus(
    200,
    callApi<{ items: { product_id: string; price?: unknown }[] }>(
      url,
      'GET /catalog/products?region=RU',
    ),
  )
  const product = items.find((item) => item.price !== undefined)
  if (product === undefined)
    throw new Error('the shop sells nothing here; start it with its demo data')
  mark('ready')
  const order = await expectStatus(
    201,
    callApi<{ order_id: string }>(url, 'POST /orders/initiate', {
      token,
      key: randomUUID(),
      body: { product_id: product.product_id, quantity: 1, selected_payment_method_hint: 'card' },
    }),
  )
  mark('ordered')
  const payment = await expectStatus(
    201,
    callApi<{ redirect_url?: string; status: string }>(
      url,
      'POST /payments/transactions/initiate',
      {
        token,
        key: randomUUID(),
        body: {
          order_id: order.order_id,
          payment_method_type_hint: 'card',
          success_url: `${url}/store/orders/${order.order_id}`,
          fail_url: `${url}/store/orders/${order.order_id}`,
        },
      },
    ),
  )
  mark('redirected')
  if (payment.redirect_url === undefined)
    throw new Error(`no page to pay at; the payment is ${payment.status}`)
  return { token, orderId: order.order_id, redirectUrl: payment.redirect_url }
}

/** Buys a game on the platform at `url` and waits for the verdict over it. */
export async function demoPurchase(url: string): Promise<DemoResult> {
  const started = performance.now()
  const ms: Record<string, number> = {}
  const mark = (name: string): void => {
    ms[name] = Math.round(performance.now() - started)
  }
  const { token, orderId, redirectUrl } = await orderAndStart(url, mark)
  await payAtSandbox(redirectUrl, 'ok')
  mark('paid')
  await poll(
    () =>
      expectStatus(
        200,
        callApi<{ items: { order_id: string }[] }>(url, 'GET /library/items', { token }),
      ),
    (library) => library.items.some((item) => item.order_id === orderId),
  )
  mark('in_library')
  const judged = await poll(
    () => callApi<Judged>(url, `GET /flows/${orderId}`, { token }),
    ({ status, body }) => status === 200 && ['conforms', 'deviates'].includes(body.verdict),
  )
  mark('judged')
  if (judged.status !== 200) throw new Error(`no verdict: ${JSON.stringify(judged.body)}`)
  const { verdict, required, seen, deviations, items } = judged.body
  return { flow: 'purchase', verdict, required, seen, deviations, items, id: orderId, ms }
}
