// The control interface over HTTP, below /sandbox. Whoever reaches it decides what is registered, so it answers callers on this
// machine only, and only JSON, which a page of another site cannot send unasked.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { FAULT_KINDS } from '../../engine/faults.ts'
import {
  choiceOf,
  type Fields,
  fieldsOf,
  flagOf,
  InvalidInput,
  integerOf,
  optional,
  urlOf,
} from '../../input/fields.ts'
import { CALLBACK_MODES } from '../callbacks.ts'
import { type AtolControl, OPERATIONS } from '../control.ts'
import { AtolError, isKnownCode } from '../errors.ts'
import type { JsonObject } from '../store.ts'

const MAX_MS = 366 * 24 * 3_600_000
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/
const CALLS = ['token', 'sell', 'sell_refund', 'report'] as const

type Action = (control: AtolControl, request: FastifyRequest) => unknown

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

function codeOf(value: unknown): number {
  const code = integerOf(value, 'code', { min: -100_000, max: 1_000 })
  if (!isKnownCode(code)) throw new InvalidInput('code', 'Is no code of the register')
  return code
}

const plan: Action = (control, request) => {
  const fields = bodyOf(request, ['outcome', 'code', 'times'])
  const outcome = choiceOf(fields.outcome, 'outcome', ['done', 'fail'])
  control.plan({ outcome, ...given({ code: optional(fields.code, codeOf), times: times(fields) }) })
}

const setProcessing: Action = (control, request) => {
  const fields = bodyOf(request, ['ms'])
  control.setProcessing(integerOf(fields.ms, 'ms', { min: 0, max: MAX_MS }))
}

const refuse: Action = (control, request) => {
  const fields = bodyOf(request, ['operation', 'code', 'times'])
  const operation = choiceOf(fields.operation, 'operation', CALLS)
  control.refuse({ operation, code: codeOf(fields.code), ...given({ times: times(fields) }) })
}

const addFault: Action = (control, request) => {
  const fields = bodyOf(request, ['operation', 'kind', 'times', 'delay_ms'])
  control.addFault({
    operation: choiceOf(fields.operation, 'operation', OPERATIONS),
    kind: choiceOf(fields.kind, 'kind', FAULT_KINDS),
    ...given({ times: times(fields), delayMs: milliseconds(fields, 'delay_ms') }),
  })
}

const setCallbacks: Action = (control, request) => {
  const fields = bodyOf(request, ['mode', 'copies', 'delay_ms', 'times'])
  control.setCallbacks({
    mode: choiceOf(fields.mode, 'mode', CALLBACK_MODES),
    ...given({
      copies: optional(fields.copies, (v) => integerOf(v, 'copies', { min: 2, max: 100 })),
      delayMs: milliseconds(fields, 'delay_ms'),
      times: times(fields),
    }),
  })
}

const setUrl: Action = (control, request) => {
  const { url } = bodyOf(request, ['url'])
  control.setCallbackUrl(url === null ? undefined : urlOf(url, 'url'))
}

const forge: Action = (control, request) => {
  const { body } = bodyOf(request, ['body'])
  const names = typeof body === 'object' && body !== null ? Object.keys(body) : []
  control.forge(fieldsOf(body, 'body', names) as JsonObject)
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
  ['POST', '/plan', plan],
  ['POST', '/processing', setProcessing],
  ['POST', '/refusals', refuse],
  ['POST', '/down', (c, request) => c.setDown(flagOf(bodyOf(request, ['down']).down, 'down'))],
  ['GET', '/faults', (control) => ({ items: control.faults() })],
  ['POST', '/faults', addFault],
  ['DELETE', '/faults', (control) => control.clearFaults()],
  ['POST', '/callback-mode', setCallbacks],
  ['POST', '/callback-url', setUrl],
  ['GET', '/callbacks', (control) => ({ items: control.callbacks() })],
  [
    'POST',
    '/callbacks/:id/redeliver',
    (c, { params }) => c.redeliver((params as { id: string }).id),
  ],
  ['POST', '/forge', forge],
  ['POST', '/tokens/expire', (control) => control.expireTokens()],
  ['POST', '/clock/advance', advance],
  ['POST', '/idle', idle],
]

export function registerControl(app: FastifyInstance, control: AtolControl): void {
  app.addHook('onRequest', async (request) => {
    if (LOOPBACK.test(request.socket.remoteAddress ?? '')) return
    const text = 'The control interface answers callers on its own machine only'
    throw new AtolError(40, { status: 403, text })
  })
  for (const [method, url, action] of ACTIONS) {
    app.route({
      method,
      url,
      handler: async (request) => (await action(control, request)) ?? { done: true },
    })
  }
}
