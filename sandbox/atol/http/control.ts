// The control interface over HTTP, below /sandbox: what the register lets a test do beside what all stand-ins do.

import type { FastifyInstance } from 'fastify'
import {
  type Action as ActionOf,
  type Actions,
  bodyOf,
  commonActions,
  deliveryOf,
  given,
  MAX_MS,
  serveActions,
  times,
} from '../../engine/control.ts'
import {
  choiceOf,
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

const CALLS = ['token', 'sell', 'sell_refund', 'report'] as const

type Action = ActionOf<AtolControl>

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

const setUrl: Action = (control, request) => {
  const { url } = bodyOf(request, ['url'])
  control.setCallbackUrl(url === null ? undefined : urlOf(url, 'url'))
}

const forge: Action = (control, request) => {
  const { body } = bodyOf(request, ['body'])
  const names = typeof body === 'object' && body !== null ? Object.keys(body) : []
  control.forge(fieldsOf(body, 'body', names) as JsonObject)
}

const ACTIONS: Actions<AtolControl> = [
  ...commonActions(OPERATIONS),
  ['POST', '/plan', plan],
  ['POST', '/processing', setProcessing],
  ['POST', '/refusals', refuse],
  ['POST', '/down', (c, request) => c.setDown(flagOf(bodyOf(request, ['down']).down, 'down'))],
  ['POST', '/callback-mode', (c, request) => c.setCallbacks(deliveryOf(request, CALLBACK_MODES))],
  ['POST', '/callback-url', setUrl],
  ['GET', '/callbacks', (control) => ({ items: control.callbacks() })],
  [
    'POST',
    '/callbacks/:id/redeliver',
    (c, { params }) => c.redeliver((params as { id: string }).id),
  ],
  ['POST', '/forge', forge],
  ['POST', '/tokens/expire', (control) => control.expireTokens()],
]

export const registerControl = (app: FastifyInstance, control: AtolControl): void =>
  serveActions(app, control, {
    actions: ACTIONS,
    refuse: (text) => {
      throw new AtolError(40, { status: 403, text })
    },
  })
