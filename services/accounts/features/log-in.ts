// Password for token. The row is read in one transaction and the session written in another; the verification between them,
// tens of milliseconds, holds neither. So the second begins with a lock on the row as it was verified: a password set meanwhile
// has ended every session, and this one must not begin after it. Up to the verdict an unknown address goes the same way as a known
// one, and nothing of the row is opened before it, so that neither the answer nor its time tells who has an account.

import { logIn as route } from '@rialto/contracts/accounts/http.ts'
import { isOutdated } from '@rialto/kernel/crypto/password.ts'
import { clientKey } from '@rialto/kernel/http/limits.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import type { Context } from '@rialto/kernel/service/context.ts'
import { saga, type Unit } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { attemptsAt } from '../attempts.ts'
import type { Parts } from '../config.ts'
import { firstToken, hashOf } from '../domain/refresh-token.ts'
import type { PublicUser } from '../domain/user.ts'
import { problems } from '../errors.ts'
import { publishSessionsEnded } from '../events/publishers.ts'
import {
  endOldSessionsOf,
  insertSession,
  insertToken,
  lockPersonWith,
  type PersonRow,
  replaceHash,
  selectUserByEmail,
  type UserRow,
} from '../store.ts'
import { emailIndexOf } from './open-account.ts'
import { openSealed } from './open-sealed.ts'
import { type OpenSession, tokensOf } from './refresh-session.ts'

/** An account's at once. More are nobody's devices, and all of them may have to be ended in one transaction. */
const SESSIONS_MAX = 50

interface Asked {
  readonly row: UserRow | undefined
  readonly emailIndex: Buffer
}

async function find(tx: Tx, parts: Parts, email: string): Promise<Asked> {
  const emailIndex = await emailIndexOf(tx, parts, email)
  return { row: await tx.maybe(selectUserByEmail(emailIndex)), emailIndex }
}

interface Entering {
  readonly parts: Parts
  readonly unit: Unit
  readonly ctx: Context
  readonly password: string
  readonly now: number
}

/** A session for the right password; undefined where another one was set, or its hash made anew, while it was verified. */
async function enter(row: UserRow | undefined, a: Entering): Promise<OpenSession | undefined> {
  const { parts, unit, ctx, password, now } = a
  const { security, passwords, sessions } = parts
  const right = await passwords.verify(row?.password_hash, password)
  if (row === undefined || !right) throw new Problem(problems.wrong_credentials)
  const { user_id: userId, password_hash: old } = row
  const fresh = isOutdated(old) ? await passwords.hash(password) : undefined
  const sessionId = ctx.env.ids.next('ses')
  const refreshToken = firstToken()
  const expiresAtMs = now + Math.min(sessions.idleMs, sessions.maxMs)
  let user: PublicUser | undefined
  const begin = async (tx: Tx): Promise<PersonRow | undefined> => {
    const person = await tx.maybe(lockPersonWith(userId, old))
    if (person === undefined) return undefined
    const ended = await tx.many(endOldSessionsOf(userId, SESSIONS_MAX - 1, now))
    publishSessionsEnded(tx, userId, { sessions: ended, reason: 'too_many' })
    tx.write(insertSession({ sessionId, userId, startedAtMs: now, expiresAtMs }))
    const hash = hashOf(refreshToken) as Buffer
    tx.write(insertToken({ hash, sessionId, issuedAtMs: now }))
    if (fresh !== undefined) tx.write(replaceHash(userId, { old, fresh }))
    user = await openSealed(tx, security.fields, person)
    return person
  }
  const isBegun = (await parts.session.renew(ctx, userId, () => unit(begin))) !== undefined
  if (!isBegun) return undefined
  if (user === undefined) throw new Problem(problems.wrong_credentials)
  return { sessionId, user, refreshToken, expiresAtMs }
}

export const logIn = saga<typeof route, Asked, {}, Parts, void>(route, {
  ask: ({ input, parts }) => parts.limits.loginsByAddress.consume(clientKey(input.ip)),
  act: ({ tx, input, parts }) => find(tx, parts, input.body.email),
  finish: async ({ done: { row, emailIndex }, input, parts, unit, ctx, now }) => {
    const { email, password } = input.body
    // Counted outside the transaction, because the count may lie in another place.
    const attempts = attemptsAt(parts, emailIndex, input.ip)
    await attempts.consume()
    const entering = { parts, unit, ctx, password, now }
    const tried = async (): Promise<OpenSession> => {
      const session =
        (await enter(row, entering)) ??
        // The right one is right once more, when only its hash was made anew by another log-in.
        (await enter((await unit((tx) => find(tx, parts, email))).row, entering))
      if (session === undefined) throw new Problem(problems.wrong_credentials)
      return session
    }
    const session = await tried().catch(async (error: unknown) => {
      // Too many passwords wait for their turn, or the database is away: told to come back, nobody shall find the tries used up.
      const isWrong = error instanceof Problem && error.kind === problems.wrong_credentials
      if (!isWrong) await attempts.giveBack()
      throw error
    })
    await attempts.forgive()
    return tokensOf(session, parts, now)
  },
})
