// The control interface over HTTP, below /sandbox. Whoever reaches it decides who has paid, so it answers callers on this
// machine only, and only JSON, which a page of another site cannot send unasked.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { FAULT_KINDS } from '../../engine/faults.ts'
import {
  choiceOf,
  type Fields,
  fieldsOf,
  integerOf,
  optional,
  textOf,
  urlOf,
} from '../../input/fields.ts'
import type { YooKassaControl } from '../control.ts'
import { OUTCOMES } from '../engine/desk.ts'
import { OPERATIONS } from '../engine/faults.ts'
import { ApiError } from '../errors.ts'
import { METHOD_TYPES } from '../input/payment-request.ts'
import { WEBHOOK_MODES } from '../notifications.ts'
import type { JsonObject } from '../store.ts'

const MAX_MS = 366 * 24 * 3_600_000
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/

/** The fields that are there, so that defaults apply to the others. */
const given = <T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }

const bodyOf = (request: FastifyRequest, allowed: readonly string[]): Fields =>
  fieldsOf(request.body ?? {}, '', allowed)

const milliseconds = (fields: Fields, name: string): number | undefined =>
  optional(fields[name], (v) => integerOf(v, name, { min: 0, max: MAX_MS }))

const times = (fields: Fields): number | undefined =>
  optional(fields.times, (v) => integerOf(v, 'times', { min: 1, max: 1_000_000 }))

const reason = (fields: Fields): string | undefined =>
  optional(fields.reason, (v) => textOf(v, 'reason', { max: 64 }))

type Action = (control: YooKassaControl, request: FastifyRequest) => unknown

const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id

const pay: Action = (control, request) => {
  const fields = bodyOf(request, ['outcome', 'reason', 'method'])
  return control.pay(idOf(request), {
    outcome: optional(fields.outcome, (v) => choiceOf(v, 'outcome', OUTCOMES)),
    reason: reason(fields),
    method: optional(fields.method, (v) => choiceOf(v, 'method', METHOD_TYPES)),
  })
}

const settleRefund: Action = (control, request) => {
  const fields = bodyOf(request, ['status', 'reason'])
  const status = optional(fields.status, (v) => choiceOf(v, 'status', ['succeeded', 'canceled']))
  return control.settleRefund(idOf(request), given({ status, reason: reason(fields) }))
}

const planCharges: Action = (control, request) => {
  const fields = bodyOf(request, ['outcome', 'reason', 'times'])
  const outcome = choiceOf(fields.outcome, 'outcome', OUTCOMES)
  control.planCharges({ outcome, ...given({ reason: reason(fields), times: times(fields) }) })
}

const planRefunds: Action = (control, request) => {
  const fields = bodyOf(request, ['status', 'reason', 'settle_after_ms'])
  const statuses = ['pending', 'succeeded', 'canceled'] as const
  const status = optional(fields.status, (v) => choiceOf(v, 'status', statuses))
  const settleAfterMs = milliseconds(fields, 'settle_after_ms')
  control.planRefunds(given({ status, reason: reason(fields), settleAfterMs }))
}

const addFault: Action = (control, request) => {
  const fields = bodyOf(request, ['operation', 'kind', 'times', 'delay_ms'])
  control.addFault({
    operation: choiceOf(fields.operation, 'operation', OPERATIONS),
    kind: choiceOf(fields.kind, 'kind', FAULT_KINDS),
    ...given({ times: times(fields), delayMs: milliseconds(fields, 'delay_ms') }),
  })
}

const setWebhooks: Action = (control, request) => {
  const fields = bodyOf(request, ['mode', 'copies', 'delay_ms', 'times'])
  control.setWebhooks({
    mode: choiceOf(fields.mode, 'mode', WEBHOOK_MODES),
    ...given({
      copies: optional(fields.copies, (v) => integerOf(v, 'copies', { min: 2, max: 100 })),
      delayMs: milliseconds(fields, 'delay_ms'),
      times: times(fields),
    }),
  })
}

const setUrl: Action = (control, request) => {
  const { url } = bodyOf(request, ['url'])
  control.setNotificationUrl(url === null ? undefined : urlOf(url, 'url'))
}

const forge: Action = (control, request) => {
  const fields = bodyOf(request, ['event', 'object'])
  const event = textOf(fields.event, 'event', { max: 64 })
  const { object } = fields
  const names = typeof object === 'object' && object !== null ? Object.keys(object) : []
  control.forge({ event, object: fieldsOf(object, 'object', names) as JsonObject })
}

const advance: Action = async (control, request) => {
  const fields = bodyOf(request, ['ms'])
  await control.advance(integerOf(fields.ms, 'ms', { min: 0, max: MAX_MS }))
  return { now: control.books().now }
}

const idle: Action = async (control, request) => {
  const fields = bodyOf(request, ['timeout_ms'])
  const limits = { min: 0, max: 60_000 }
  const timeoutMs = optional(fields.timeout_ms, (v) => integerOf(v, 'timeout_ms', limits))
  return { idle: await control.idle(timeoutMs) }
}

const ACTIONS: readonly (readonly ['GET' | 'POST' | 'DELETE', string, Action])[] = [
  ['GET', '/books', (control) => control.books()],
  ['POST', '/payments/:id/pay', pay],
  ['POST', '/refunds/:id/settle', settleRefund],
  ['POST', '/charge-plan', planCharges],
  ['POST', '/refund-plan', planRefunds],
  ['POST', '/methods/:id/revoke', (control, request) => control.revokeMethod(idOf(request))],
  ['GET', '/faults', (control) => ({ items: control.faults() })],
  ['POST', '/faults', addFault],
  ['DELETE', '/faults', (control) => control.clearFaults()],
  ['POST', '/webhooks', setWebhooks],
  ['POST', '/notification-url', setUrl],
  ['GET', '/notifications', (control) => ({ items: control.notifications() })],
  ['POST', '/notifications/:id/redeliver', (control, request) => control.redeliver(idOf(request))],
  ['POST', '/forge', forge],
  ['POST', '/clock/advance', advance],
  ['POST', '/idle', idle],
]

export function registerControl(app: FastifyInstance, control: YooKassaControl): void {
  app.addHook('onRequest', async (request) => {
    if (LOOPBACK.test(request.socket.remoteAddress ?? '')) return
    const description = 'The control interface answers callers on its own machine only'
    throw new ApiError({ status: 403, code: 'forbidden', description })
  })
  for (const [method, url, action] of ACTIONS) {
    app.route({
      method,
      url,
      handler: async (request) => (await action(control, request)) ?? { done: true },
    })
  }
}
