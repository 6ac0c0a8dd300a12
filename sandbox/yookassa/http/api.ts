// The published API, /v3: who may call, which operation a path is, and what a fault does to its answer.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import type { Faults } from '../../engine/faults.ts'
import { InvalidInput } from '../../input/fields.ts'
import type { Decision } from '../engine/desk.ts'
import type { Operation } from '../engine/faults.ts'
import type { Provider } from '../engine/provider.ts'
import { ApiError, invalid, invalidCredentials, notFound } from '../errors.ts'
import { type Idempotency, keyedRequest } from '../idempotency.ts'
import { type ListRules, listPage } from '../input/list-query.ts'
import {
  cancelPayment,
  capturePayment,
  createPayment,
  paymentObject,
  paymentOf,
} from '../payments.ts'
import { createRefund, refundObject, refundOf } from '../refunds.ts'
import type { JsonObject, PaymentRecord, RefundRecord } from '../store.ts'

export interface ApiParts {
  readonly provider: Provider
  readonly faults: Faults<Operation>
  readonly idempotency: Idempotency
  readonly credentials: { readonly shopId: string; readonly secretKey: string }
}

const PAYMENT_LIST: ListRules<PaymentRecord> = {
  equals: {
    status: (payment) => payment.status,
    payment_method: (payment) => payment.methodType,
  },
  instants: {
    created_at: (payment) => payment.createdAt,
    captured_at: (payment) => payment.capturedAt,
  },
}

const REFUND_LIST: ListRules<RefundRecord> = {
  equals: { status: (refund) => refund.status, payment_id: (refund) => refund.paymentId },
  instants: { created_at: (refund) => refund.createdAt },
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The header value that the shop's credentials make. */
export const basicAuthorization = (shopId: string, secretKey: string): string =>
  `Basic ${Buffer.from(`${shopId}:${secretKey}`).toString('base64')}`

function authorize(request: FastifyRequest, parts: ApiParts): void {
  const { shopId, secretKey } = parts.credentials
  const given = request.headers.authorization ?? ''
  if (!timingSafeEqual(digest(given), digest(basicAuthorization(shopId, secretKey))))
    throw invalidCredentials()
}

const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id

interface Endpoint {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly operation: Exclude<Operation, 'any'>
  readonly read?: (request: FastifyRequest) => JsonObject
  readonly decide?: (request: FastifyRequest) => Decision
}

function endpoints({ provider }: ApiParts): Endpoint[] {
  const { desk } = provider
  const { payments, refunds, paymentOrder, refundOrder } = desk.books
  const show = (payment: PaymentRecord): JsonObject => paymentObject(desk, payment)
  const listPayments = (request: FastifyRequest): JsonObject =>
    listPage(request.query as JsonObject, {
      ...{ order: paymentOrder, items: payments, rules: PAYMENT_LIST, show },
    })
  const listRefunds = (request: FastifyRequest): JsonObject =>
    listPage(request.query as JsonObject, {
      ...{ order: refundOrder, items: refunds, rules: REFUND_LIST, show: refundObject },
    })
  const get = { method: 'GET' } as const
  const post = { method: 'POST' } as const
  return [
    { ...get, url: '/payments', operation: 'payments.list', read: listPayments },
    {
      ...{ ...get, url: '/payments/:id', operation: 'payments.read' },
      read: (request) => show(paymentOf(desk, idOf(request))),
    },
    {
      ...{ ...post, url: '/payments', operation: 'payments.create' },
      decide: (request) => createPayment(desk, request.body),
    },
    {
      ...{ ...post, url: '/payments/:id/capture', operation: 'payments.capture' },
      decide: (request) => capturePayment(desk, idOf(request), request.body ?? {}),
    },
    {
      ...{ ...post, url: '/payments/:id/cancel', operation: 'payments.cancel' },
      decide: (request) => cancelPayment(desk, idOf(request), request.body ?? {}),
    },
    { ...get, url: '/refunds', operation: 'refunds.list', read: listRefunds },
    {
      ...{ ...get, url: '/refunds/:id', operation: 'refunds.read' },
      read: (request) => refundObject(refundOf(desk, idOf(request))),
    },
    {
      ...{ ...post, url: '/refunds', operation: 'refunds.create' },
      decide: (request) => createRefund(desk, request.body),
    },
  ]
}

async function answer(
  parts: ApiParts,
  endpoint: Endpoint,
  request: FastifyRequest,
): Promise<JsonObject> {
  const { provider, faults, idempotency } = parts
  const { read, decide } = endpoint
  const fault = faults.take(endpoint.operation)
  faults.refuse(fault)
  let body: JsonObject
  if (decide === undefined) {
    await faults.holdEffect(fault)
    provider.settle()
    body = read!(request)
  } else {
    const target = `${request.method} ${request.url}`
    const keyed = keyedRequest(request.headers['idempotence-key'], target, request.body ?? {})
    body = await idempotency.once(keyed, {
      before: () => faults.holdEffect(fault),
      decide: () => decide(request),
    })
  }
  await faults.loseAnswer(fault)
  return body
}

const METHODS: HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Every other method on a known path. */
function refuseOtherMethods(app: FastifyInstance, all: readonly Endpoint[]): void {
  for (const url of new Set(all.map((endpoint) => endpoint.url))) {
    const allowed = all.filter((e) => e.url === url).map((e): HTTPMethods => e.method)
    app.route({
      method: METHODS.filter((method) => !allowed.includes(method)),
      url,
      handler: (_request: FastifyRequest, reply: FastifyReply) => {
        void reply.header('allow', allowed.join(', '))
        throw new ApiError({ status: 405, description: 'Method not allowed' })
      },
    })
  }
}

/** The plugin that serves the API below its prefix. */
export function registerApi(app: FastifyInstance, parts: ApiParts): void {
  app.addHook('onRequest', async (request) => authorize(request, parts))
  app.setNotFoundHandler((request) => {
    authorize(request, parts)
    throw notFound('path', 'No such method of the API')
  })
  const all = endpoints(parts)
  for (const endpoint of all) {
    app.route({
      method: endpoint.method,
      url: endpoint.url,
      handler: (request) => answer(parts, endpoint, request),
    })
  }
  refuseOtherMethods(app, all)
}

/** What the framework itself refuses, in the provider's words. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof InvalidInput) return invalid(error.path, error.message)
  const status = (error as { statusCode?: number }).statusCode ?? 500
  const { message } = error as Error
  if (status === 415) return new ApiError({ status, description: 'Content-Type must be JSON' })
  if (status === 400) return invalid('body', message)
  const code = status < 500 ? 'invalid_request' : 'internal_server_error'
  return new ApiError({ status, code, description: status < 500 ? message : 'Internal error' })
}
