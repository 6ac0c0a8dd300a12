// Opens a register of our own: the published API of ATOL Online under /possystem/v5, receipts and the control interface under
// /sandbox.

import { randomBytes } from 'node:crypto'
import { type Logger, silentLog } from '@rialto/kernel/observability/log.ts'
import { type Clock, SECOND } from '@rialto/kernel/pure/time.ts'
import type { FastifyInstance } from 'fastify'
import { Faults } from '../engine/faults.ts'
import { mount, openServer } from '../engine/server.ts'
import { REDELIVERY_DELAYS_MS } from './callbacks.ts'
import { type AtolControl, type Call, openControl, type Weather } from './control.ts'
import { AtolError } from './errors.ts'
import { atolErrorOf, errorBody, registerApi } from './http/api.ts'
import { registerControl } from './http/control.ts'
import { registerPage } from './http/page.ts'
import { Register } from './register.ts'

export interface AtolOptions {
  readonly clock: Clock
  readonly login: string
  readonly password: string
  readonly group: string
  /** How long a document waits before it is registered; 100 ms unless given. */
  readonly processingMs?: number
  /** Decides all ids and fiscal attributes; random unless given. */
  readonly seed?: string
  /** 0, the default, takes any free port. */
  readonly port?: number
  readonly host?: string
  /** Address under which people reach the receipts, if it is not the server's own. */
  readonly publicUrl?: string
  /** Where callbacks go that their document names no address for. */
  readonly callbackUrl?: string
  /** File that keeps the books over a kill of this process. Without it they live in memory. */
  readonly journal?: string
  readonly redeliveryDelaysMs?: readonly number[]
  readonly callbackTimeoutMs?: number
  readonly log?: Logger
}

export interface Atol {
  /** Origin; the API's base is `${url}/possystem/v5`. */
  readonly url: string
  readonly control: AtolControl
  close(): Promise<void>
}

const openApp = (register: Register, log: Logger): FastifyInstance =>
  openServer((error, request, reply) => {
    const known = atolErrorOf(error)
    if (known.message === 'Internal error')
      log.error({ err: error, path: request.url }, 'register sandbox failed')
    void reply.status(known.status).send(errorBody(known, register))
  })

const WORDS = {
  tooManyRequests: () => new AtolError(40, { status: 429, text: 'Too many requests' }),
  unknownOutcome: () => new AtolError(50, { text: 'The server failed' }),
}

/** Opens the sandbox; resolves when it takes calls. */
export async function openAtol(options: AtolOptions): Promise<Atol> {
  const { login, password, host = '127.0.0.1' } = options
  let url = ''
  const closing = new AbortController()
  const register = new Register({
    ...{ clock: options.clock, group: options.group, journal: options.journal },
    seed: options.seed ?? randomBytes(16).toString('hex'),
    processingMs: options.processingMs ?? 100,
    redeliveryDelaysMs: options.redeliveryDelaysMs ?? REDELIVERY_DELAYS_MS,
    callbackTimeoutMs: options.callbackTimeoutMs ?? 10 * SECOND,
    receiptUrl: (uuid) => `${options.publicUrl ?? url}/sandbox/receipts/${uuid}`,
  })
  const faults = new Faults<Call>(closing.signal, WORDS)
  const weather: Weather = { isDown: false, refusals: [] }
  const control = openControl(register, faults, weather)
  const app = openApp(register, options.log ?? silentLog)
  const credentials = { login, password }
  mount(app, '/possystem/v5', (api) => registerApi(api, { register, faults, weather, credentials }))
  mount(app, '/sandbox', (page) => registerPage(page, register))
  mount(app, '/sandbox', (wires) => registerControl(wires, control))
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing.abort()
    closed ??= app.close().then(() => register.close())
    return closed
  }
  try {
    url = await app.listen({ host, port: options.port ?? 0 })
  } catch (error) {
    await close()
    throw error
  }
  control.setCallbackUrl(options.callbackUrl)
  register.settle()
  return { url, control, close }
}
