// A new password for who has forgotten the old one. Whoever asks is told the same whether the address has an account or not, and
// is counted the same. Setting it ends every session, and proves the address as well as the other link does.

import {
  requestPasswordReset as requestRoute,
  resetPassword as route,
} from '@rialto/contracts/accounts/http.ts'
import { clientKey } from '@rialto/kernel/http/limits.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { reply, saga } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { attemptsAt } from '../attempts.ts'
import type { Parts } from '../config.ts'
import { problems } from '../errors.ts'
import { publishLinkRequested, publishSessionsEnded } from '../events/publishers.ts'
import {
  endSessionsOf,
  markVerified,
  replaceHash,
  selectUserByEmail,
  type UserRow,
} from '../store.ts'
import { accountOfLink } from './issue-link.ts'
import { emailIndexOf } from './open-account.ts'
import { openSealed } from './open-sealed.ts'
import { refuseWeak } from './register-user.ts'

interface At {
  readonly parts: Parts
  readonly now: number
}

interface ResetLink {
  readonly purpose: 'reset_password'
  readonly token: string
}

const linkOf = (token: string): ResetLink => ({ purpose: 'reset_password', token })

interface Asked {
  readonly userId: string | undefined
  /** Under which links for this address are counted. */
  readonly linkKey: string
}

export const requestPasswordReset = saga<typeof requestRoute, Asked, {}, Parts, void>(
  requestRoute,
  {
    ask: ({ input, parts }) => parts.limits.linksByAddress.consume(clientKey(input.ip)),
    act: async ({ tx, input, parts }) => {
      const index = await emailIndexOf(tx, parts, input.body.email)
      const row = await tx.maybe(selectUserByEmail(index))
      return { userId: row?.user_id, linkKey: index.toString('base64url') }
    },
    finish: async ({ done: { userId, linkKey }, parts, unit }) => {
      // Counted outside the transaction, because the count may lie in another place.
      await parts.limits.linksByEmail.consume(linkKey)
      // Another transaction also where there is nothing to write: its time would tell of the account.
      await unit(async (tx) => {
        if (userId !== undefined) publishLinkRequested(tx, userId, 'reset_password')
      })
      return reply(202, {})
    },
  },
)

/** The address of the link's account. Throws `link_invalid` and `link_expired`. */
async function addressOf(tx: Tx, link: ResetLink, at: At): Promise<string> {
  const row = await accountOfLink(tx, link, at)
  const user = await openSealed(tx, at.parts.security.fields, row)
  if (user === undefined) throw new Problem(problems.link_invalid)
  return user.email
}

async function replacePassword(
  tx: Tx,
  { link, fresh }: { readonly link: ResetLink; readonly fresh: string },
  { parts, now }: At,
): Promise<UserRow> {
  const row = await accountOfLink(tx, link, { parts, now })
  const { user_id: userId, password_hash: old } = row
  // The other one of two uses at once.
  if ((await tx.run(replaceHash(userId, { old, fresh }))) === 0)
    throw new Problem(problems.link_invalid)
  tx.write(markVerified(userId, now))
  const reason = 'password_reset'
  const sessions = await tx.many(endSessionsOf(userId, reason, now))
  publishSessionsEnded(tx, userId, { sessions, reason })
  parts.session.dropWith(tx, userId)
  return row
}

/** The link is looked at before the password is hashed: that costs so much that a stranger must not have it for nothing. */
export const resetPassword = saga<typeof route, string, {}, Parts, void>(route, {
  ask: ({ input, parts }) => parts.limits.linksByAddress.consume(clientKey(input.ip)),
  act: ({ tx, input, parts, now }) => addressOf(tx, linkOf(input.body.token), { parts, now }),
  finish: async ({ done: email, input, parts, unit, now }) => {
    const { token, password } = input.body
    refuseWeak(password, email)
    const fresh = await parts.passwords.hash(password)
    const link = linkOf(token)
    const row = await unit((tx) => replacePassword(tx, { link, fresh }, { parts, now }))
    await attemptsAt(parts, row.email_index, input.ip).forgive()
    return reply(204, null)
  },
})
