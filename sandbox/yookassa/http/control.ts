// The control interface over HTTP, below /sandbox: what the provider lets a test do beside what all stand-ins do.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  type Action as ActionOf,
  type Actions,
  bodyOf,
  commonActions,
  deliveryOf,
  given,
  milliseconds,
  serveActions,
  times,
} from '../../engine/control.ts'
import { choiceOf, type Fields, fieldsOf, optional, textOf, urlOf } from '../../input/fields.ts'
import type { YooKassaControl } from '../control.ts'
import { OUTCOMES } from '../engine/desk.ts'
import { OPERATIONS } from '../engine/faults.ts'
import { ApiError } from '../errors.ts'
import { METHOD_TYPES } from '../input/payment-request.ts'
import { WEBHOOK_MODES } from '../notifications.ts'
import type { JsonObject } from '../store.ts'

type Action = ActionOf<YooKassaControl>

const reason = (fields: Fields): string | undefined =>
  optional(fields.reason, (v) => textOf(v, 'reason', { max: 64 }))

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

const ACTIONS: Actions<YooKassaControl> = [
  ...commonActions(OPERATIONS),
  ['POST', '/payments/:id/pay', pay],
  ['POST', '/refunds/:id/settle', settleRefund],
  ['POST', '/charge-plan', planCharges],
  ['POST', '/refund-plan', planRefunds],
  ['POST', '/methods/:id/revoke', (control, request) => control.revokeMethod(idOf(request))],
  [
    'POST',
    '/webhooks',
    (control, request) => control.setWebhooks(deliveryOf(request, WEBHOOK_MODES)),
  ],
  ['POST', '/notification-url', setUrl],
  ['GET', '/notifications', (control) => ({ items: control.notifications() })],
  ['POST', '/notifications/:id/redeliver', (control, request) => control.redeliver(idOf(request))],
  ['POST', '/forge', forge],
]

export const registerControl = (app: FastifyInstance, control: YooKassaControl): void =>
  serveActions(app, control, {
    actions: ACTIONS,
    refuse: (description) => {
      throw new ApiError({ status: 403, code: 'forbidden', description })
    },
  })
