// The published API, /possystem/v5: who may call, which operation a path is, and what a fault does to its answer.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ConnectionReset, type Faults } from '../../engine/faults.ts'
import { fieldsOf, InvalidInput, optional, textOf } from '../../input/fields.ts'
import type { Call, Weather } from '../control.ts'
import { documentOf } from '../document.ts'
import { AtolError, errorObject, timestampOf } from '../errors.ts'
import type { Register } from '../register.ts'
import type { JsonObject } from '../store.ts'

export interface ApiParts {
  readonly register: Register
  readonly faults: Faults<Call>
  readonly weather: Weather
  readonly credentials: { readonly login: string; readonly password: string }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const NOT_SIMULATED = /^(buy|buy_refund|(sell|buy)(_refund)?_correction)$/

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

const paramsOf = (request: FastifyRequest) => request.params as Readonly<Record<string, string>>

function logIn({ register, credentials }: ApiParts, given: unknown): JsonObject {
  const fields = fieldsOf(given ?? {}, '', ['login', 'pass', 'source'])
  const login = textOf(fields.login, 'login', { max: 100 })
  const password = textOf(fields.pass, 'pass', { max: 100 })
  optional(fields.source, (v) => textOf(v, 'source', { max: 100 }))
  if (!isSame(login, credentials.login) || !isSame(password, credentials.password))
    throw new AtolError(12)
  const token = register.issueToken()
  return { error: null, token, timestamp: timestampOf(register.now()) }
}

function authorize({ register }: ApiParts, request: FastifyRequest): void {
  register.checkToken(request.headers.token)
  if (paramsOf(request).group !== register.group) throw new AtolError(20)
}

function register(parts: ApiParts, request: FastifyRequest): JsonObject {
  const { operation = '' } = paramsOf(request)
  if (operation !== 'sell' && operation !== 'sell_refund') {
    const known = NOT_SIMULATED.test(operation)
    throw new AtolError(31, known ? { text: `${operation} is not simulated by this sandbox` } : {})
  }
  return parts.register.accept(operation, documentOf(request.body))
}

function report(parts: ApiParts, request: FastifyRequest): JsonObject {
  const { uuid = '' } = paramsOf(request)
  if (!UUID.test(uuid)) throw new AtolError(30)
  return parts.register.report(uuid)
}

/** Runs a call under the faults set for it. */
async function underFaults(
  { faults, weather }: ApiParts,
  call: Call,
  act: () => JsonObject,
): Promise<JsonObject> {
  if (weather.isDown) throw new ConnectionReset()
  const fault = faults.take(call)
  faults.refuse(fault)
  await faults.holdEffect(fault)
  const index = weather.refusals.findIndex(({ operation }) => operation === call)
  const [refusal] = index < 0 ? [] : weather.refusals.splice(index, 1)
  if (refusal !== undefined) throw new AtolError(refusal.code)
  const answer = act()
  await faults.loseAnswer(fault)
  return answer
}

/** The plugin that serves the API below its prefix. */
export function registerApi(app: FastifyInstance, parts: ApiParts): void {
  app.post('/getToken', (request) => underFaults(parts, 'token', () => logIn(parts, request.body)))
  app.get('/getToken', (request) => underFaults(parts, 'token', () => logIn(parts, request.query)))
  app.post('/:group/:operation', (request) => {
    const call = paramsOf(request).operation === 'sell_refund' ? 'sell_refund' : 'sell'
    return underFaults(parts, call, () => {
      authorize(parts, request)
      return register(parts, request)
    })
  })
  app.get('/:group/report/:uuid', (request) =>
    underFaults(parts, 'report', () => {
      authorize(parts, request)
      return report(parts, request)
    }),
  )
  app.setNotFoundHandler(() => {
    throw new AtolError(40, { status: 404, text: 'No such method of the API' })
  })
}

/** Whatever failed, in the service's words. */
export function atolErrorOf(error: unknown): AtolError {
  if (error instanceof AtolError) return error
  if (error instanceof InvalidInput)
    return new AtolError(error.path.startsWith('receipt') ? 32 : 13, {
      text: `${error.path || 'body'}: ${error.message}`,
    })
  const { statusCode: status = 500, message } = error as Error & { statusCode?: number }
  if (status === 415) return new AtolError(41)
  if (error instanceof SyntaxError || /JSON/.test(message)) return new AtolError(0)
  return status < 500
    ? new AtolError(40, { status, text: message })
    : new AtolError(50, { text: 'Internal error' })
}

/** The documented body of a refusal. */
export const errorBody = (error: AtolError, register: Register): JsonObject => ({
  error: errorObject(error.code, error.message, register.newId()),
  status: 'fail',
  timestamp: timestampOf(register.now()),
  ...(error.uuid === undefined ? {} : { uuid: error.uuid }),
})
