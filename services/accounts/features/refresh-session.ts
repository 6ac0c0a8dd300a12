// The next tokens for a refresh token. Its session's row is locked, so of several uses at once one makes the successor and the
// others, within the grace, make the same one again; a use after it ends the session in the same commit that refuses it. A
// crash after the commit costs nothing: the client asks again within the grace. Roles are read anew each time, so that one that
// was taken away is gone with the access token.

import { refreshSession as route } from '@rialto/contracts/accounts/http.ts'
import { clientKey } from '@rialto/kernel/http/limits.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant, SECOND } from '@rialto/kernel/pure/time.ts'
import { reply, saga } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { hashOf, newSalt, nextToken, useOf } from '../domain/refresh-token.ts'
import type { PublicUser } from '../domain/user.ts'
import { problems } from '../errors.ts'
import { publishSessionsEnded } from '../events/publishers.ts'
import {
  endSession,
  insertToken,
  lockSessionOf,
  prolongSession,
  type SessionRow,
  selectToken,
  selectUser,
  spendToken,
} from '../store.ts'
import { openSealed } from './open-sealed.ts'

export interface OpenSession {
  readonly sessionId: string
  readonly user: PublicUser
  readonly refreshToken: string
  readonly expiresAtMs: number
}

/** The answer that gives a session's tokens to its client. */
export async function tokensOf(session: OpenSession, { security }: Parts, now: number) {
  const { sessionId, user, refreshToken, expiresAtMs } = session
  const subject = { sub: user.user_id, roles: user.roles, sid: sessionId }
  const { token, expiresAt } = await security.tokens.issueAccessToken(subject, expiresAtMs)
  return reply(200, {
    access_token: token,
    token_type: 'Bearer' as const,
    expires_in: Math.max(0, Math.floor((expiresAt - now) / SECOND)),
    refresh_token: refreshToken,
    session_expires_at: isoInstant(expiresAtMs),
    user,
  })
}

type Refusal = 'refresh_invalid' | 'refresh_reused' | 'session_ended'

interface At {
  readonly parts: Parts
  readonly now: number
}

/** The token after this one: made, or made again; undefined for one that is in two hands. */
async function successor(
  tx: Tx,
  token: string,
  at: { hash: Buffer; sessionId: string; now: number },
): Promise<string | undefined> {
  const { hash, sessionId, now } = at
  const { spent_at: spentAtMs, salt } = await tx.one(selectToken(hash))
  const use = useOf(spentAtMs, now)
  if (use === 'reuse') return undefined
  if (use === 'first') {
    const fresh = newSalt()
    const next = nextToken(token, fresh)
    tx.write(spendToken(hash, fresh, now))
    tx.write(insertToken({ hash: hashOf(next) as Buffer, sessionId, issuedAtMs: now }))
    return next
  }
  const next = nextToken(token, salt as Buffer)
  const isGood = (await tx.one(selectToken(hashOf(next) as Buffer))).spent_at === null
  // Whoever has gone on already does not come back with the token before.
  return isGood ? next : undefined
}

const isOver = ({ ended_at, expires_at }: SessionRow, now: number): boolean =>
  ended_at !== null || expires_at <= now

async function refresh(tx: Tx, token: string, { parts, now }: At): Promise<OpenSession | Refusal> {
  const hash = hashOf(token)
  if (hash === undefined) return 'refresh_invalid'
  const session = await tx.maybe(lockSessionOf(hash))
  if (session === undefined) return 'refresh_invalid'
  if (isOver(session, now)) return 'session_ended'
  const { session_id: sessionId, user_id: userId } = session
  const next = await successor(tx, token, { hash, sessionId, now })
  if (next === undefined) {
    const reason = 'refresh_reused'
    const ended = await tx.many(endSession({ sessionId, userId }, reason, now))
    publishSessionsEnded(tx, userId, { sessions: ended, reason })
    parts.session.dropWith(tx, userId)
    tx.ctx.log.warn({ user: userId, session: sessionId }, 'refresh token used twice')
    return reason
  }
  const row = await tx.one(selectUser(userId))
  const user = await openSealed(tx, parts.security.fields, row)
  if (user === undefined) return 'session_ended'
  const { idleMs, maxMs } = parts.sessions
  const expiresAtMs = Math.min(now + idleMs, session.started_at + maxMs)
  tx.write(prolongSession(sessionId, expiresAtMs))
  return { sessionId, user, refreshToken: next, expiresAtMs }
}

export const refreshSession = saga<typeof route, OpenSession | Refusal, {}, Parts, void>(route, {
  act: ({ tx, input, parts, now }) => refresh(tx, input.body.refresh_token, { parts, now }),
  finish: async ({ done, input, parts, now }) => {
    // Counted only where the token is nobody's: whoever tries such ones must not stop the sessions behind the same address.
    if (done === 'refresh_invalid') await parts.limits.refreshes.consume(clientKey(input.ip))
    if (typeof done === 'string') throw new Problem(problems[done])
    return tokensOf(done, parts, now)
  },
})
