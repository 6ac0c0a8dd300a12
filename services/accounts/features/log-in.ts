// Password for token. The row is read in one transaction and the session written in another; the verification between them,
// tens of milliseconds, holds neither. Up to the verdict an unknown address goes the same way as a known one, and nothing of the
// row is opened before it, so that neither the answer nor its time tells who has an account.

import { logIn as route } from '@rialto/contracts/accounts/http.ts'
import { isOutdated } from '@rialto/kernel/crypto/password.ts'
import { clientKey } from '@rialto/kernel/http/limits.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import { reply, saga } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { problems } from '../errors.ts'
import { insertSession, replaceHash, selectUserByEmail, type UserRow } from '../store.ts'
import { emailIndexOf } from './open-account.ts'
import { openSealed } from './open-sealed.ts'

interface Asked {
  readonly row: UserRow | undefined
  /** Under which attempts at this account are counted. */
  readonly attemptKey: string
}

async function find(tx: Tx, parts: Parts, email: string): Promise<Asked> {
  const index = await emailIndexOf(tx, parts, email)
  const attemptKey = index.toString('base64url')
  await parts.limits.loginsByEmail.consume(attemptKey)
  return { row: await tx.maybe(selectUserByEmail(index)), attemptKey }
}

export const logIn = saga<typeof route, Asked, {}, Parts, void>(route, {
  ask: ({ input, parts }) => parts.limits.loginsByAddress.consume(clientKey(input.ip)),
  act: ({ tx, input, parts }) => find(tx, parts, input.body.email),
  finish: async ({ done: { row, attemptKey }, input, parts, unit, ctx, now }) => {
    const { security, passwords, limits } = parts
    const { password } = input.body
    const right = await passwords.verify(row?.password_hash, password)
    if (row === undefined || !right) throw new Problem(problems.wrong_credentials)
    const { user_id: userId, roles, password_hash: old } = row
    const fresh = isOutdated(old) ? await passwords.hash(password) : undefined
    const sessionId = ctx.env.ids.next('ses')
    const issued = await security.tokens.issueAccessToken({ sub: userId, roles, sid: sessionId })
    const { token, expiresAt: expiresAtMs } = issued
    const user = await unit(async (tx) => {
      tx.write(insertSession({ sessionId, userId, startedAtMs: now, expiresAtMs }))
      if (fresh !== undefined) tx.write(replaceHash(userId, { old, fresh }))
      return openSealed(tx, security.fields, row)
    })
    if (user === undefined) throw new Problem(problems.wrong_credentials)
    await limits.loginsByEmail.forgive(attemptKey)
    return reply(200, {
      access_token: token,
      token_type: 'Bearer',
      expires_in: Math.floor((expiresAtMs - now) / SECOND),
      user,
    })
  },
})
