import {
  requestEmailVerification as requestRoute,
  verifyEmail as route,
} from '@rialto/contracts/accounts/http.ts'
import { clientKey } from '@rialto/kernel/http/limits.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { feature, reply } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { problems } from '../errors.ts'
import { publishLinkRequested } from '../events/publishers.ts'
import { markVerified, selectUser } from '../store.ts'
import { accountOfLink } from './issue-link.ts'

export const requestEmailVerification = feature<typeof requestRoute, {}, Parts, void>(
  requestRoute,
  {
    ask: ({ caller, parts }) => parts.limits.linksByEmail.consume(caller.id),
    act: async ({ tx, caller }) => {
      const row = await tx.maybe(selectUser(caller.id))
      if (row === undefined) throw new Problem(problems.unknown_user)
      if (row.email_verified_at !== null) throw new Problem(problems.email_verified_already)
      publishLinkRequested(tx, row.user_id, 'verify_email')
      return reply(202, {})
    },
  },
)

/** Used twice it says the same: people click twice, and mail scanners once before them. */
export const verifyEmail = feature<typeof route, {}, Parts, void>(route, {
  ask: ({ input, parts }) => parts.limits.linksByAddress.consume(clientKey(input.ip)),
  act: async ({ tx, input, parts, now }) => {
    const link = { purpose: 'verify_email', token: input.body.token } as const
    const row = await accountOfLink(tx, link, { parts, now })
    tx.write(markVerified(row.user_id, now))
    parts.session.dropWith(tx, row.user_id)
    return reply(200, { email_verified: true })
  },
})
