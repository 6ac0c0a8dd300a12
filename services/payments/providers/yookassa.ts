// YooKassa API v3 over undici: one-stage payments with redirect. Answers are bounded in time and size and checked before use;
// what cannot be read says nothing about the money, so it counts as silence.

import { fromDecimal, MalformedAmount, money, toDecimal } from '@rialto/kernel/pure/money.ts'
import { isoInstant, MINUTE } from '@rialto/kernel/pure/time.ts'
import { Agent, request } from 'undici'
import {
  type CreateRequest,
  type Provider,
  ProviderRefused,
  ProviderSilent,
  type ProviderTruth,
} from '../domain/provider.ts'
import { errorOf, isPayment, listOf, notificationOf, paymentOf } from './yookassa-objects.ts'
import { statusOf } from './yookassa-status.ts'

export interface YooKassaOptions {
  /** Origin, such as `https://api.yookassa.ru`. */
  readonly url: string
  readonly shopId: string
  readonly secretKey: string
  readonly timeoutMs: number
}

const ANSWER_MAX_BYTES = 1024 * 1024
/** Pages of a search for a lost payment: a thousand payments in the minutes around it. */
const PAGES_MAX = 10
const METHODS = { card: 'bank_card', sbp: 'sbp' } as const

interface Answer {
  readonly status: number
  readonly body: unknown
}

type Call = (
  path: string,
  post?: { readonly body: unknown; readonly key: string },
) => Promise<Answer>

const isTimeout = (error: unknown): boolean =>
  ['TimeoutError', 'HeadersTimeoutError', 'BodyTimeoutError'].includes(
    (error as Error | null)?.name ?? '',
  )

async function readJson(status: number, chunks: AsyncIterable<Buffer>): Promise<Answer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > ANSWER_MAX_BYTES)
      throw new Error(`the answer is longer than ${ANSWER_MAX_BYTES} bytes`)
    parts.push(chunk)
  }
  const text = Buffer.concat(parts).toString('utf8')
  try {
    return { status, body: JSON.parse(text) as unknown }
  } catch {
    return { status, body: undefined }
  }
}

function openCalls(options: YooKassaOptions, agent: Agent): Call {
  const base = `${options.url.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3`
  const credentials = Buffer.from(`${options.shopId}:${options.secretKey}`).toString('base64')
  return async (path, post) => {
    try {
      const { statusCode, body } = await request(`${base}${path}`, {
        dispatcher: agent,
        method: post === undefined ? 'GET' : 'POST',
        headers: {
          authorization: `Basic ${credentials}`,
          accept: 'application/json',
          ...(post && { 'content-type': 'application/json', 'idempotence-key': post.key }),
        },
        body: post === undefined ? null : JSON.stringify(post.body),
        signal: AbortSignal.timeout(options.timeoutMs),
      })
      return await readJson(statusCode, body)
    } catch (cause) {
      const outcome = isTimeout(cause) ? 'timeout' : 'unreachable'
      throw new ProviderSilent(outcome, `yookassa ${path}: ${String(cause)}`, { cause })
    }
  }
}

/** 4xx is a definite no, but 429 is "not now", and anything else that is not 200 says nothing. */
function bodyOf({ status, body }: Answer): unknown {
  if (status === 200) return body
  const { code, description } = errorOf(body)
  const isNo = status >= 400 && status < 500 && status !== 429 && status !== 408
  if (isNo) throw new ProviderRefused(code ?? `http_${status}`, status, description)
  throw new ProviderSilent(String(status), `yookassa answered ${status} ${description}`)
}

/** The object in our words. */
function truthOf(body: unknown): ProviderTruth {
  const payment = paymentOf(body)
  if (payment === undefined) throw new ProviderSilent('200', 'yookassa answered no payment object')
  const { id, status, amount, confirmation, cancellation_details: why, metadata = {} } = payment
  try {
    return {
      providerPaymentId: id,
      status: statusOf(payment),
      rawStatus: status,
      amountMinor: fromDecimal(amount.value, amount.currency).minor,
      currency: amount.currency,
      ...(confirmation?.confirmation_url && { redirectUrl: confirmation.confirmation_url }),
      ...(why && { reason: why.reason }),
      ...(metadata.payment_id && { paymentId: metadata.payment_id }),
      ...(metadata.operation_id && { operationId: metadata.operation_id }),
    }
  } catch (cause) {
    if (!(cause instanceof MalformedAmount || cause instanceof RangeError)) throw cause
    throw new ProviderSilent('200', `yookassa answered an amount that is none: ${cause.message}`)
  }
}

/** The same request gives the same text, which the idempotency of the provider asks for. */
const createBody = (r: CreateRequest) => ({
  amount: { value: toDecimal(money(BigInt(r.amountMinor), r.currency)), currency: r.currency },
  capture: true,
  confirmation: { type: 'redirect', return_url: r.returnUrl },
  payment_method_data: { type: METHODS[r.method] },
  description: r.description,
  metadata: { payment_id: r.paymentId, operation_id: r.operationId, order_id: r.orderId },
})

async function search(
  call: Call,
  operationId: string,
  sentAtMs: number,
): Promise<ProviderTruth | undefined> {
  const around = {
    'created_at.gte': isoInstant(sentAtMs - 5 * MINUTE),
    'created_at.lte': isoInstant(sentAtMs + 10 * MINUTE),
    limit: '100',
  }
  let cursor: string | undefined
  for (let page = 0; page < PAGES_MAX; page++) {
    const query = new URLSearchParams(cursor === undefined ? around : { ...around, cursor })
    const list = listOf(bodyOf(await call(`/payments?${query}`)))
    if (list === undefined) throw new ProviderSilent('200', 'yookassa answered no list')
    const found = list.items.find((p) => isPayment(p) && p.metadata?.operation_id === operationId)
    if (found !== undefined) return truthOf(found)
    if (list.next_cursor === undefined) return undefined
    cursor = list.next_cursor
  }
  throw new ProviderSilent('200', 'yookassa has more payments around this one than are searched')
}

/** Opens the adapter. Idle connections close by themselves, so there is nothing to give back. */
export function openYooKassa(options: YooKassaOptions): Provider {
  const agent = new Agent({ connections: 64, connect: { timeout: options.timeoutMs } })
  const call = openCalls(options, agent)
  return {
    name: 'yookassa',
    calls: { create: 'POST /payments', fetch: 'GET /payments/:id', find: 'GET /payments' },
    create: async (r, key) =>
      truthOf(bodyOf(await call('/payments', { body: createBody(r), key }))),
    async fetch(id) {
      const answer = await call(`/payments/${encodeURIComponent(id)}`)
      return answer.status === 404 ? undefined : truthOf(bodyOf(answer))
    },
    find: (operationId, sentAtMs) => search(call, operationId, sentAtMs),
    parseNotification: notificationOf,
  }
}
