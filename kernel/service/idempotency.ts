// Same key, same answer. The key's transaction lock is taken by the first statement of the act's transaction and its answer is
// written by the last before the events, so that a second request with the key either finds the answer or finds us at work;
// there is no moment at which both may act. A crash leaves nothing behind but, for sagas, a row with a deadline.
// The act does not wait to hear that the key is ours: its statements travel behind the one that takes it, and where that fails
// PostgreSQL does none of them. So a key costs a statement on the way in and an insert on the way out, no round trip, no commit.

import { createHash } from 'node:crypto'
import { holdsCardNumber } from '../crypto/card-numbers.ts'
import { type Sql, sql } from '../db/sql.ts'
import type { Transaction } from '../db/transaction.ts'
import type { AnyRoute } from '../pure/contract.ts'
import { Problem } from '../pure/problem.ts'
import { type AnswerText, answerFromText } from './answer.ts'
import type { Caller } from './context.ts'
import type { CheckedInput } from './input.ts'
import type { RawReply, RawRequest } from './mount.ts'
import { kernelProblems } from './problems.ts'

/** How long a saga may take after its first commit before a repeated request runs it again. */
export const SAGA_LEASE_MS = 30_000
const KEY = /^[\x20-\x7e]{1,255}$/

export interface IdempotencyKey {
  readonly scope: string
  readonly key: string
  readonly route: string
  readonly hash: Buffer
  /** This run, against a later one that takes the key over. */
  readonly owner: string
}

/** JSON with the fields of every object in order of name: the same request has the same text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`)
  return `{${fields.join(',')}}`
}

/** Callers never share keys; those who are nobody are told apart by their address. */
const scopeOf = (caller: Caller, ip: string): string =>
  `${caller.kind}:${caller.kind === 'anonymous' ? ip : caller.id}`

/** The key of this request, if its route takes one and it came with one. */
export function idempotencyKeyOf(
  route: AnyRoute,
  request: RawRequest,
  more: { readonly input: CheckedInput; readonly owner: () => string },
): IdempotencyKey | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined || route.idempotent !== true || route.method !== 'POST') return undefined
  if (!KEY.test(key) || holdsCardNumber(key))
    throw new Problem(kernelProblems.idempotency_key_invalid)
  const { params, query, body } = more.input
  return {
    scope: scopeOf(request.caller, request.ip),
    key,
    route: `${route.service} ${route.method} ${route.path}`,
    hash: createHash('sha256')
      .update(canonicalJson([params, query, body]))
      .digest(),
    owner: more.owner(),
  }
}

interface Begun {
  readonly outcome: 'fresh' | 'replay' | 'conflict' | 'running'
  readonly status: number | null
  readonly body: string | null
  readonly retry_after_s: number | null
}

const replayed = (stored: AnswerText): RawReply => {
  const reply = answerFromText(stored)
  return { ...reply, headers: { ...reply.headers, 'idempotency-replayed': 'true' } }
}

const inProgress = (afterSeconds: number): Problem =>
  new Problem(kernelProblems.idempotency_in_progress, { retryAfterSeconds: afterSeconds })

/** First statement of a keyed transaction: fails, and all behind it, unless the key is ours to work on. */
export const claimKey = (k: IdempotencyKey): Sql => sql`
  select kernel.idem_claim(${k.scope}, ${k.key}, ${k.route}, ${k.hash})`

/** Whether a transaction failed because its key was not to be had. */
export const isUnclaimed = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === 'RI001'

/** Asks for the kept reply; nothing when the key is free to be worked on. */
export async function beginKey(
  tx: Pick<Transaction, 'one'>,
  k: IdempotencyKey,
): Promise<RawReply | undefined> {
  const begun = await tx.one(sql<Begun>`
    select * from kernel.idem_begin(${k.scope}, ${k.key}, ${k.route}, ${k.hash})`)
  if (begun.outcome === 'fresh') return undefined
  if (begun.outcome === 'replay')
    return replayed({ status: begun.status ?? 500, body: begun.body ?? undefined })
  if (begun.outcome === 'conflict') throw new Problem(kernelProblems.idempotency_key_reused)
  throw inProgress(begun.retry_after_s ?? 1)
}

/** The reply to a request whose key was not to be had. */
export async function unclaimedReply(
  tx: Pick<Transaction, 'one'>,
  k: IdempotencyKey,
): Promise<RawReply> {
  const kept = await beginKey(tx, k)
  // Whoever was at it has just given up: the next one may try.
  if (kept === undefined) throw inProgress(1)
  return kept
}

/** Keeps the answer with the commit that makes it true. */
export const storeAnswer = (k: IdempotencyKey, reply: RawReply): Sql => sql`
  select kernel.idem_store(${k.scope}, ${k.key}, ${k.route}, ${k.hash},
    ${reply.status}, ${reply.body ?? null})`

/** Keeps the key for the time of a saga's calls to the outside. */
export const holdKey = (k: IdempotencyKey): Sql => sql`
  select kernel.idem_running(${k.scope}, ${k.key}, ${k.route}, ${k.hash},
    ${k.owner}, ${SAGA_LEASE_MS})`

export interface Settled {
  readonly outcome: 'stored' | 'replay' | 'conflict' | 'running'
  readonly status: number | null
  readonly body: string | null
}

/** Keeps an answer, unless there is one already. */
export const keepAnswer = (k: IdempotencyKey, reply: RawReply): Sql<Settled> => sql`
  select * from kernel.idem_settle(${k.scope}, ${k.key}, ${k.route}, ${k.hash},
    ${k.owner}, ${reply.status}, ${reply.body ?? null})`

/** The answer that holds, ours or an earlier one. */
export function settledReply(settled: Settled, reply: RawReply): RawReply {
  if (settled.outcome === 'stored') return reply
  if (settled.outcome === 'replay')
    return replayed({ status: settled.status ?? 500, body: settled.body ?? undefined })
  if (settled.outcome === 'conflict') throw new Problem(kernelProblems.idempotency_key_reused)
  throw inProgress(1)
}

/** Keeps an answer in a transaction of its own; what comes back is the answer that holds. */
export const settleKey = async (
  tx: Pick<Transaction, 'one'>,
  k: IdempotencyKey,
  reply: RawReply,
): Promise<RawReply> => settledReply(await tx.one(keepAnswer(k, reply)), reply)

/** Gives a saga's key back unanswered. */
export const releaseKey = (k: IdempotencyKey): Sql => sql`
  select kernel.idem_release(${k.scope}, ${k.key}, ${k.owner})`

/** Forgets answers older than that, at most so many; answers how many. For a scheduled job. */
export async function purgeKeys(
  tx: Pick<Transaction, 'one'>,
  hours: number,
  max: number,
): Promise<number> {
  const { gone } = await tx.one(sql<{ gone: bigint }>`
    select kernel.idem_purge(make_interval(hours => ${hours}::int), ${max}::int) as gone`)
  return Number(gone)
}

/** Whether an error speaks about the key itself, so that it is no answer to keep under it. */
export const isAboutKey = (error: unknown): boolean =>
  error instanceof Problem && error.kind.code.startsWith('kernel.idempotency_')

/**
 * Refusals are kept, or a retry could change its answer; not those that depend on who asks or on the moment. One that says when
 * to ask again is of the moment: kept, it would be the answer for ever to a client that does as it is told.
 */
export const isKept = ({ status, headers }: RawReply): boolean =>
  status === 500 ||
  (status >= 400 &&
    status < 500 &&
    ![401, 403, 429].includes(status) &&
    headers['retry-after'] === undefined)
