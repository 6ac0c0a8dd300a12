// ATOL Online, protocol v5, over undici. Answers are bounded in time and size and checked before use; what cannot be read says
// nothing about the document, so it counts as silence. A token holds for 24 h and is asked for once, whoever needs it.

import type { Clock } from '@rialto/kernel/pure/time.ts'
import { HOUR } from '@rialto/kernel/pure/time.ts'
import { Agent, request } from 'undici'
import {
  type FiscalDocument,
  type Register,
  RegisterRefused,
  RegisterSilent,
  type Report,
} from '../domain/fiscal-register.ts'
import { type Company, documentBody } from './atol-document.ts'
import { acceptedOf, callbackOf, factsOf, failureOf, reportOf, tokenOf } from './atol-objects.ts'

export interface AtolOptions {
  /** Origin, such as `https://online.atol.ru`. */
  readonly url: string
  readonly login: string
  readonly password: string
  readonly group: string
  readonly timeoutMs: number
  readonly company: Company
  /** Where the service calls back; absent: where the account says. */
  readonly callbackUrl: string | undefined
  readonly clock: Clock
}

const ANSWER_MAX_BYTES = 256 * 1024
/** Of the 24 h, less what clocks may differ by. */
const TOKEN_MS = 23 * HOUR
const TOKEN_REFUSED = new Set([10, 11])
const EXISTS_ALREADY = 33
const NOT_THERE = new Set([30, 34])

interface Answer {
  readonly status: number
  readonly body: unknown
}
type Headers = Readonly<Record<string, string>>
type Exchange = (path: string, post: unknown, headers: Headers) => Promise<Answer>

/** Failures before there is a connection on which anything could have been written. */
const NEVER_LEFT = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  'UND_ERR_CONNECT_TIMEOUT',
])
const isUnsent = (error: unknown): boolean =>
  NEVER_LEFT.has(String((error as { code?: unknown } | null)?.code))

const isTimeout = (error: unknown): boolean =>
  ['TimeoutError', 'HeadersTimeoutError', 'BodyTimeoutError'].includes(
    (error as Error | null)?.name ?? '',
  )

async function read(status: number, chunks: AsyncIterable<Buffer>): Promise<Answer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > ANSWER_MAX_BYTES)
      throw new Error(`the answer is longer than ${ANSWER_MAX_BYTES} bytes`)
    parts.push(chunk)
  }
  try {
    return { status, body: JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown }
  } catch {
    return { status, body: undefined }
  }
}

function openExchange({ url, timeoutMs }: AtolOptions): Exchange {
  const agent = new Agent({ connections: 32, connect: { timeout: timeoutMs } })
  const base = `${url.replace(/\/+$/, '').replace(/\/possystem(\/v5)?$/, '')}/possystem/v5`
  return async (path, post, headers) => {
    try {
      const { statusCode, body } = await request(`${base}${path}`, {
        dispatcher: agent,
        method: post === undefined ? 'GET' : 'POST',
        headers: {
          ...headers,
          accept: 'application/json',
          ...(post === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
        },
        body: post === undefined ? null : JSON.stringify(post),
        signal: AbortSignal.timeout(timeoutMs),
      })
      return await read(statusCode, body)
    } catch (cause) {
      const outcome = isTimeout(cause) ? 'timeout' : 'unreachable'
      const options = { cause, isUnsent: isUnsent(cause) }
      throw new RegisterSilent(outcome, `atol ${path}: ${String(cause)}`, options)
    }
  }
}

/** A documented error is a no; anything else that was not asked for says nothing. */
function refusalOf({ status, body }: Answer): RegisterRefused | RegisterSilent {
  const failure = failureOf(body)
  if (failure === undefined || status >= 500 || status === 429 || status === 408)
    return new RegisterSilent(String(status), `atol answered ${status}`)
  const { code, text = 'without a text' } = failure.error
  return new RegisterRefused(code, status, text)
}

/** Gives every call a valid token. */
function withToken(
  options: AtolOptions,
  exchange: Exchange,
): (path: string, post?: unknown) => Promise<Answer> {
  let known: { readonly token: Promise<string>; readonly endsAtMs: number } | undefined
  const logIn = async (): Promise<string> => {
    const answer = await exchange('/getToken', { login: options.login, pass: options.password }, {})
    const token = tokenOf(answer.body)
    if (answer.status !== 200 || token === undefined) throw refusalOf(answer)
    return token
  }
  /** Without a token nothing else is sent. */
  const token = () =>
    logIn().catch((error: unknown) => {
      if (!(error instanceof RegisterSilent)) throw error
      throw new RegisterSilent(error.outcome, error.message, { cause: error, isUnsent: true })
    })
  const tokenNow = (): Promise<string> => {
    const now = options.clock.now()
    if (known === undefined || known.endsAtMs <= now) {
      const fresh = { token: token(), endsAtMs: now + TOKEN_MS }
      known = fresh
      // One that was not given is asked for again by whoever needs it next.
      fresh.token.catch(() => {
        if (known === fresh) known = undefined
      })
    }
    return known.token
  }
  return async (path, post) => {
    const used = await tokenNow()
    const answer = await exchange(path, post, { token: used })
    const code = failureOf(answer.body)?.error.code
    if (code === undefined || !TOKEN_REFUSED.has(code)) return answer
    if (known !== undefined && (await known.token.catch(() => used)) === used) known = undefined
    return exchange(path, post, { token: await tokenNow() })
  }
}

function reportFrom(answer: Answer): Report {
  const report = answer.status === 200 ? reportOf(answer.body) : undefined
  if (report === undefined) {
    const refusal = refusalOf(answer)
    if (refusal instanceof RegisterRefused && NOT_THERE.has(refusal.code))
      return { kind: 'missing' }
    throw refusal
  }
  const externalId = report.external_id ? { externalId: report.external_id } : {}
  if (report.status === 'wait') return { kind: 'waiting' }
  if (report.status === 'fail') {
    const { code = 0, text = 'without a reason' } = report.error ?? {}
    return { kind: 'dead', error: `${code}: ${text}`, ...externalId }
  }
  const facts = factsOf(report.payload)
  if (facts === undefined)
    throw new RegisterSilent('200', 'atol answered a receipt that cannot be read')
  return { kind: 'done', facts, ...externalId }
}

/** Opens the adapter. Idle connections close by themselves, so there is nothing to give back. */
export function openAtol(options: AtolOptions): Register {
  const call = withToken(options, openExchange(options))
  const group = encodeURIComponent(options.group)
  return {
    calls: {
      sale: 'POST /:group/sell',
      refund: 'POST /:group/sell_refund',
      report: 'GET /:group/report/:uuid',
    },
    async register(document: FiscalDocument) {
      const operation = document.kind === 'sale' ? 'sell' : 'sell_refund'
      const answer = await call(`/${group}/${operation}`, documentBody(document, options))
      const accepted = answer.status === 200 ? acceptedOf(answer.body) : undefined
      if (accepted !== undefined) return accepted
      const failure = failureOf(answer.body)
      if (failure?.error.code === EXISTS_ALREADY && failure.uuid) return failure.uuid
      throw refusalOf(answer)
    },
    report: async (uuid) => reportFrom(await call(`/${group}/report/${encodeURIComponent(uuid)}`)),
    parseCallback: callbackOf,
  }
}

const nowhere = () =>
  Promise.reject(new RegisterSilent('unreachable', 'no register is set up', { isUnsent: true }))

/** Stands where no register is set up: receipts wait, and are alerted about, until there is one. */
export const noRegister: Register = {
  calls: {
    sale: 'POST /:group/sell',
    refund: 'POST /:group/sell_refund',
    report: 'GET /:group/report/:uuid',
  },
  register: nowhere,
  report: nowhere,
  parseCallback: () => undefined,
}
