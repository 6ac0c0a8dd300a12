// A buyer who speaks HTTP, as any client application does. Used by `rialto demo` and by the whole-system tests.

import { randomUUID } from 'node:crypto'
import { request } from 'undici'
import { Failed } from '../command.ts'

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number
  readonly body: Body
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export interface CallOptions {
  readonly token?: string
  readonly key?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** One call of the public API; the body is parsed JSON. */
export async function callApi<Body = Record<string, unknown>>(
  url: string,
  line: `${'GET' | 'POST' | 'PATCH' | 'DELETE'} /${string}`,
  options: CallOptions = {},
): Promise<Answer<Body>> {
  const [method, path] = line.split(' ') as ['GET' | 'POST', string]
  const response = await request(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    body: options.body === undefined ? null : JSON.stringify(options.body),
  })
  const text = await response.body.text()
  return {
    status: response.statusCode,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Body,
  }
}

/** The call must answer so; otherwise the answer is in the error. */
export async function expectStatus<Body>(
  status: number,
  answer: Promise<Answer<Body>>,
): Promise<Body> {
  const got = await answer
  if (got.status !== status)
    throw new Failed(`expected ${status}, got ${got.status}: ${JSON.stringify(got.body)}`)
  return got.body
}

export interface Buyer {
  readonly userId: string
  readonly email: string
  readonly token: string
}

const PASSWORD = 'a sandbox password only'

/** Logs in; answers the access token. */
export async function logIn(url: string, email: string): Promise<string> {
  const body = { email, password: PASSWORD }
  const session = await expectStatus(
    200,
    callApi<{ access_token: string }>(url, 'POST /users/login', { body }),
  )
  return session.access_token
}

/** Opens an account and logs in. */
export async function newBuyer(url: string, region = 'RU'): Promise<Buyer> {
  const email = `buyer-${randomUUID()}@demo.rialto.example`
  const user = await expectStatus(
    201,
    callApi<{ user_id: string }>(url, 'POST /users/register', {
      body: { email, password: PASSWORD, display_name: 'Demo buyer', region },
    }),
  )
  return { userId: user.user_id, email, token: await logIn(url, email) }
}

/** What the payer does on the provider's page, by the sandbox's own interface. `redirectUrl` is where he was sent. */
export async function payAtSandbox(redirectUrl: string, outcome: string): Promise<void> {
  const id = new URL(redirectUrl).pathname.split('/').at(-1) ?? ''
  await tellSandbox(redirectUrl, `payments/${id}/pay`, { outcome })
}

/** Has the sandbox of the provider do something; `pageUrl` is any page of it. */
export async function tellSandbox(pageUrl: string, what: string, body: object): Promise<void> {
  const response = await request(`${new URL(pageUrl).origin}/sandbox/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.body.text()
  if (response.statusCode >= 300 && response.statusCode !== 504)
    throw new Error(`the sandbox answered ${response.statusCode}: ${text}`)
}

/** Asks again until the answer satisfies, at most for a time. */
export async function poll<T>(
  ask: () => Promise<T>,
  good: (value: T) => boolean,
  timeoutMs = 20_000,
): Promise<T> {
  const until = performance.now() + timeoutMs
  for (;;) {
    const value = await ask()
    if (good(value) || performance.now() > until) return value
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
