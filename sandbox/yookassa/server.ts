// Opens a YooKassa of our own: the published API under /v3, the payer's page and the control interface under /sandbox.

import { randomBytes } from 'node:crypto'
import { type Logger, silentLog } from '@rialto/kernel/observability/log.ts'
import { type Clock, SECOND } from '@rialto/kernel/pure/time.ts'
import type { FastifyInstance } from 'fastify'
import { Faults } from '../engine/faults.ts'
import { mount, openServer } from '../engine/server.ts'
import { openControl, type YooKassaControl } from './control.ts'
import type { Operation } from './engine/faults.ts'
import { Provider } from './engine/provider.ts'
import { errorBody, notFound, tooManyRequests, unknownOutcome } from './errors.ts'
import { apiErrorOf, registerApi } from './http/api.ts'
import { registerControl } from './http/control.ts'
import { registerPage } from './http/page.ts'
import { Idempotency } from './idempotency.ts'
import { REDELIVERY_DELAYS_MS } from './notifications.ts'

export interface YooKassaOptions {
  readonly clock: Clock
  readonly shopId: string
  readonly secretKey: string
  /** Decides all ids and card digits; random unless given. */
  readonly seed?: string
  /** 0, the default, takes any free port. */
  readonly port?: number
  readonly host?: string
  /** Address under which payers reach the page, if it is not the server's own. */
  readonly publicUrl?: string
  readonly notificationUrl?: string
  /** File that keeps the books over a kill of this process. Without it they live in memory. */
  readonly journal?: string
  readonly redeliveryDelaysMs?: readonly number[]
  readonly notificationTimeoutMs?: number
  readonly log?: Logger
}

export interface YooKassa {
  /** Origin; the API's base is `${url}/v3`. */
  readonly url: string
  readonly control: YooKassaControl
  close(): Promise<void>
}

/** Answers JSON only, an empty body being an empty object, because capture and cancel may be sent so. */
function openApp(provider: Provider, log: Logger): FastifyInstance {
  const app = openServer((error, request, reply) => {
    const { details } = apiErrorOf(error)
    if (details.status === 500 && details.description === 'Internal error')
      log.error({ err: error, path: request.url }, 'yookassa sandbox failed')
    if (details.status === 401) void reply.header('www-authenticate', 'Basic realm="YooKassa"')
    void reply
      .status(details.status)
      .send(errorBody(details, provider.desk.mint.id(provider.now())))
  })
  app.removeAllContentTypeParsers()
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, {})
    else void parse(request, body as string, done)
  })
  app.setNotFoundHandler(() => {
    throw notFound('path', 'Nothing is here: the API is under /v3')
  })
  return app
}

/** Opens the sandbox; resolves when it takes calls. */
export async function openYooKassa(options: YooKassaOptions): Promise<YooKassa> {
  const { shopId, secretKey, host = '127.0.0.1' } = options
  let url = ''
  const closing = new AbortController()
  const provider = new Provider({
    clock: options.clock,
    shopId,
    seed: options.seed ?? randomBytes(16).toString('hex'),
    journal: options.journal,
    redeliveryDelaysMs: options.redeliveryDelaysMs ?? REDELIVERY_DELAYS_MS,
    notificationTimeoutMs: options.notificationTimeoutMs ?? 10 * SECOND,
    pageUrl: (paymentId) => `${options.publicUrl ?? url}/sandbox/pay/${paymentId}`,
  })
  const faults = new Faults<Operation>(closing.signal, { tooManyRequests, unknownOutcome })
  const control = openControl(provider, faults)
  const idempotency = new Idempotency({
    books: provider.desk.books,
    now: () => provider.now(),
    perform: (decide, also) => provider.perform(decide, also),
  })
  const app = openApp(provider, options.log ?? silentLog)
  const credentials = { shopId, secretKey }
  mount(app, '/v3', (api) => registerApi(api, { provider, faults, idempotency, credentials }))
  mount(app, '/sandbox', (page) => registerPage(page, { provider, control }))
  mount(app, '/sandbox', (wires) => registerControl(wires, control))
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing.abort()
    closed ??= app.close().then(() => provider.close())
    return closed
  }
  try {
    url = await app.listen({ host, port: options.port ?? 0 })
  } catch (error) {
    await close()
    throw error
  }
  control.setNotificationUrl(options.notificationUrl)
  provider.settle()
  return { url, control, close }
}
