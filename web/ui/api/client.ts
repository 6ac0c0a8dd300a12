// Calls of the platform's public routes, typed by their contracts. What it sends and what it answers is the route's; whoever
// calls it has no address and no header to write.

import type { CallInput, SuccessOf } from '@rialto/kernel/pure/client.ts'
import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import { type ApiFailure, failureOf, noAnswer } from './failure.ts'
import type { Sessions } from './session.ts'

const PREFIX = '/api/v1'
const TIMEOUT_MS = 20_000

export interface ApiOptions {
  readonly sessions: Sessions
  /** The browser's, or a test's. */
  readonly fetch: typeof fetch
  readonly origin?: string
}

export interface How {
  /** Without an answer for so long, nobody can say what came of it. */
  readonly timeoutMs?: number
  /** Of a session that the page keeps no more: it is not renewed, and what it asks arrives even when the page goes. */
  readonly token?: string
}

export interface Api {
  call<R extends AnyRoute>(route: R, input: CallInput<R>, how?: How): Promise<SuccessOf<R>>
}

interface Input {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly idempotencyKey?: string
}

interface Sending {
  readonly token: string | undefined
  readonly timeoutMs?: number
  readonly keepalive?: boolean
}

export function addressOf(route: AnyRoute, { params = {}, query = {} }: Input): string {
  const path = route.path.replaceAll(/:([a-z_]+)/gi, (_all: string, name: string) =>
    encodeURIComponent(String(params[name] ?? '')),
  )
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) words.append(name, String(value))
  return `${PREFIX}${path}${words.size === 0 ? '' : `?${words}`}`
}

const headersOf = (input: Input, token: string | undefined): Record<string, string> => ({
  accept: 'application/json',
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  ...(input.idempotencyKey === undefined ? {} : { 'idempotency-key': input.idempotencyKey }),
  ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
})

const isTokenRefused = ({ problem }: ApiFailure): boolean =>
  problem.status === 401 && (problem.code.startsWith('auth.') || problem.code.startsWith('kernel.'))

export function openApi({ sessions, fetch: fetchFrom, origin = '' }: ApiOptions): Api {
  const once = async (
    route: AnyRoute,
    input: Input,
    { token, timeoutMs = TIMEOUT_MS, keepalive = false }: Sending,
  ): Promise<unknown> => {
    const moves = route.method !== 'GET'
    let answer: Response
    let text: string
    try {
      answer = await fetchFrom(origin + addressOf(route, input), {
        method: route.method,
        headers: headersOf(input, token),
        signal: AbortSignal.timeout(timeoutMs),
        keepalive,
        ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      })
      text = await answer.text()
    } catch (error) {
      throw noAnswer(moves, error)
    }
    const body = bodyOf(text, answer)
    if (!answer.ok) throw failureOf(body, moves)
    return body
  }
  return {
    async call(route, input, how = {}) {
      const send = (sending: Sending) =>
        once(route, input as Input, { ...how, ...sending }) as Promise<SuccessOf<typeof route>>
      if (how.token !== undefined) return send({ token: how.token, keepalive: true })
      const token = route.access === 'public' ? undefined : await sessions.token()
      try {
        return await send({ token })
      } catch (error) {
        if (token === undefined || !isTokenRefused(error as ApiFailure)) throw error
        const renewed = await sessions.renewed()
        if (renewed === undefined) throw error
        return await send({ token: renewed })
      }
    },
  }
}

function bodyOf(text: string, answer: Response): unknown {
  if (text === '') return undefined
  if (!(answer.headers.get('content-type') ?? '').includes('json')) return text
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
