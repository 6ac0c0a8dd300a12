// YooKassa over undici. Answers are bounded in time and size; what cannot be read says nothing about the money, so it counts as
// silence.

import { fromDecimal, MalformedAmount } from '@rialto/kernel/pure/money.ts'
import { Agent, request } from 'undici'
import { ProviderRefused, ProviderSilent } from '../domain/provider.ts'
import { errorOf, listOf } from './yookassa-objects.ts'

export interface YooKassaOptions {
  /** Origin, such as `https://api.yookassa.ru`. */
  readonly url: string
  readonly shopId: string
  readonly secretKey: string
  readonly timeoutMs: number
}

const ANSWER_MAX_BYTES = 1024 * 1024
/** Pages of a search for what was lost: ten thousand objects in the minutes around it, 50 a second. */
const PAGES_MAX = 100

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Asks, and answers the object of a 200. */
export type Call = (
  path: string,
  post?: { readonly body: unknown; readonly key: string },
) => Promise<unknown>

const isTimeout = (error: unknown): boolean =>
  ['TimeoutError', 'HeadersTimeoutError', 'BodyTimeoutError'].includes(
    (error as Error | null)?.name ?? '',
  )

async function readJson(status: number, chunks: AsyncIterable<Buffer>): Promise<Answer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > ANSWER_MAX_BYTES)
      throw new Error(`the answer is longer than ${ANSWER_MAX_BYTES} bytes`)
    parts.push(chunk)
  }
  const text = Buffer.concat(parts).toString('utf8')
  try {
    return { status, body: JSON.parse(text) as unknown }
  } catch {
    return { status, body: undefined }
  }
}

/** 4xx is a definite no, but 429 is "not now", and anything else that is not 200 says nothing. */
function bodyOf({ status, body }: Answer): unknown {
  if (status === 200) return body
  const { code, description } = errorOf(body)
  const isNo = status >= 400 && status < 500 && status !== 429 && status !== 408
  if (isNo) throw new ProviderRefused(code ?? `http_${status}`, status, description)
  throw new ProviderSilent(String(status), `yookassa answered ${status} ${description}`)
}

/** Opens the way there. Idle connections close by themselves, so there is nothing to give back. */
export function openCalls(options: YooKassaOptions): Call {
  const agent = new Agent({ connections: 64, connect: { timeout: options.timeoutMs } })
  const base = `${options.url.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3`
  const credentials = Buffer.from(`${options.shopId}:${options.secretKey}`).toString('base64')
  return async (path, post) => {
    let answer: Answer
    try {
      const { statusCode, body } = await request(`${base}${path}`, {
        dispatcher: agent,
        method: post === undefined ? 'GET' : 'POST',
        headers: {
          authorization: `Basic ${credentials}`,
          accept: 'application/json',
          ...(post && { 'content-type': 'application/json', 'idempotence-key': post.key }),
        },
        body: post === undefined ? null : JSON.stringify(post.body),
        signal: AbortSignal.timeout(options.timeoutMs),
      })
      answer = await readJson(statusCode, body)
    } catch (cause) {
      const outcome = isTimeout(cause) ? 'timeout' : 'unreachable'
      throw new ProviderSilent(outcome, `yookassa ${path}: ${String(cause)}`, { cause })
    }
    return bodyOf(answer)
  }
}

/** Undefined where the provider knows no such thing. */
export async function orAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ProviderRefused && error.status === 404) return undefined
    throw error
  }
}

/** An amount of an answer; one that is none says nothing. */
export function minorOf(amount: { readonly value: string; readonly currency: string }): bigint {
  try {
    return fromDecimal(amount.value, amount.currency).minor
  } catch (cause) {
    if (!(cause instanceof MalformedAmount || cause instanceof RangeError)) throw cause
    throw new ProviderSilent('200', `yookassa answered an amount that is none: ${cause.message}`)
  }
}

export interface ListQuery<T> {
  readonly path: string
  readonly filter: Readonly<Record<string, string>>
  /** Answers the item that is looked for as it is to be returned, or undefined. */
  readonly pick: (item: unknown) => T | undefined
}

/** Looks through a list, newest first, page by page. */
export async function searchList<T>(call: Call, query: ListQuery<T>): Promise<T | undefined> {
  let cursor: string | undefined
  for (let page = 0; page < PAGES_MAX; page++) {
    const asked = { ...query.filter, limit: '100', ...(cursor === undefined ? {} : { cursor }) }
    const list = listOf(await call(`${query.path}?${new URLSearchParams(asked)}`))
    if (list === undefined) throw new ProviderSilent('200', 'yookassa answered no list')
    for (const item of list.items) {
      const found = query.pick(item)
      if (found !== undefined) return found
    }
    if (list.next_cursor === undefined) return undefined
    cursor = list.next_cursor
  }
  throw new ProviderSilent('200', `yookassa lists more of ${query.path} than are searched`)
}
