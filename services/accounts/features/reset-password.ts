// A new password for who has forgotten the old one. Whoever asks is told the same whether the address has an account or not, and
// is counted the same. Setting it ends every session, and proves the address as well as the other link does.

import {
  requestPasswordReset as requestRoute,
  resetPassword as route,
} from '@rialto/contracts/accounts/http.ts'
import { clientKey } from '@rialto/kernel/http/limits.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { feature, reply, saga } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { problems } from '../errors.ts'
import { publishLinkRequested, publishSessionsEnded } from '../events/publishers.ts'
import { endSessionsOf, markVerified, replaceHash, selectUserByEmail } from '../store.ts'
import { accountOfLink } from './issue-link.ts'
import { emailIndexOf } from './open-account.ts'
import { refuseWeak } from './register-user.ts'

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

export const resetPassword = feature<typeof route, {}, Parts, string>(route, {
  ask: async ({ input, parts }) => {
    await parts.limits.linksByAddress.consume(clientKey(input.ip))
    refuseWeak(input.body.password, '')
    return parts.passwords.hash(input.body.password)
  },
  act: async ({ tx, input, facts: fresh, parts, now }) => {
    const link = { purpose: 'reset_password', token: input.body.token } as const
    const { user_id: userId, password_hash: old } = await accountOfLink(tx, link, { parts, now })
    // The other one of two uses at once.
    if ((await tx.run(replaceHash(userId, { old, fresh }))) === 0)
      throw new Problem(problems.link_invalid)
    tx.write(markVerified(userId, now))
    const reason = 'password_reset'
    const sessions = await tx.many(endSessionsOf(userId, reason, now))
    publishSessionsEnded(tx, userId, { sessions, reason })
    parts.session.dropWith(tx, userId)
    return reply(204, null)
  },
})
