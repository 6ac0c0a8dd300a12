// The control interface over HTTP, below /sandbox. Whoever reaches it reads everybody's mail, so it answers callers on this
// machine only, and takes only JSON, which a page of another site cannot send unasked.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  choiceOf,
  type Fields,
  fieldsOf,
  flagOf,
  InvalidInput,
  integerOf,
  optional,
  textOf,
} from '../../input/fields.ts'
import type { MailboxControl } from '../control.ts'
import { FAULT_KINDS } from '../faults.ts'

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/

const bodyOf = (request: FastifyRequest, allowed: readonly string[]): Fields =>
  fieldsOf(request.body ?? {}, '', allowed)

const queryText = (request: FastifyRequest, name: string): string | undefined =>
  optional((request.query as Fields)[name], (v) => textOf(v, name, { max: 320 }))

function addFault(control: MailboxControl, request: FastifyRequest): void {
  const fields = bodyOf(request, ['kind', 'address', 'times', 'delay_ms'])
  const address = optional(fields.address, (v) => textOf(v, 'address', { max: 320 }))
  const limits = { min: 1, max: 1_000_000 }
  const times = optional(fields.times, (v) => integerOf(v, 'times', limits))
  const delayMs = optional(fields.delay_ms, (v) =>
    integerOf(v, 'delay_ms', { min: 0, max: 600_000 }),
  )
  control.addFault({
    kind: choiceOf(fields.kind, 'kind', FAULT_KINDS),
    ...(address === undefined ? {} : { address }),
    ...(times === undefined ? {} : { times }),
    ...(delayMs === undefined ? {} : { delayMs }),
  })
}

function openMail(control: MailboxControl, request: FastifyRequest) {
  const mail = control.mail((request.params as { id: string }).id)
  if (mail === undefined) throw new InvalidInput('id', 'There is no such mail')
  return mail
}

type Action = (control: MailboxControl, request: FastifyRequest) => unknown

const ACTIONS: readonly (readonly ['GET' | 'POST' | 'DELETE', string, Action])[] = [
  ['GET', '/mails', (control, request) => ({ items: control.mails(queryText(request, 'to')) })],
  ['GET', '/mails/:id', openMail],
  ['DELETE', '/mails', (control) => control.clear()],
  ['POST', '/down', (c, request) => c.setDown(flagOf(bodyOf(request, ['down']).down, 'down'))],
  ['GET', '/faults', (control) => ({ items: control.faults() })],
  ['POST', '/faults', addFault],
  ['DELETE', '/faults', (control) => control.clearFaults()],
]

export function registerControl(app: FastifyInstance, control: MailboxControl): void {
  app.addHook('onRequest', async (request, reply) => {
    if (LOOPBACK.test(request.socket.remoteAddress ?? '')) return
    await reply.status(403).send({ error: 'answers callers on its own machine only' })
  })
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof InvalidInput)
      return reply.status(400).send({ error: error.message, field: error.path })
    const { statusCode = 500 } = error as { statusCode?: number }
    return reply.status(statusCode).send({ error: (error as Error).message })
  })
  for (const [method, url, action] of ACTIONS)
    app.route({
      method,
      url,
      handler: async (request) => (await action(control, request)) ?? { done: true },
    })
}
