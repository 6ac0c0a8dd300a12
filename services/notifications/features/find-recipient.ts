// Who a message goes to, asked when it is sent: an address that was changed is the new one, and a person who is gone is gone.

import type { AccountsClient } from '@rialto/contracts/accounts/client.ts'
import { accountProblems } from '@rialto/contracts/accounts/problems.ts'
import { isOutage } from '@rialto/kernel/pure/failure.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import type { Context } from '@rialto/kernel/service/context.ts'
import type { Outcome } from '../channels/outcome.ts'
import type { Recipient } from '../channels/recipients.ts'
import type { Parts } from '../config.ts'
import type { Template } from '../templates/letter.ts'

export interface Sending {
  readonly ctx: Context
  readonly parts: Parts
  readonly clients: { readonly accounts: AccountsClient }
}

type NotSent = Exclude<Outcome, { kind: 'sent' }>

/** What accounts says, or what it makes of the message that it does not say it. */
async function asked<T>(ask: () => Promise<T>): Promise<T | NotSent> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof Problem && error.kind.code === accountProblems.unknown_user.code)
      return { kind: 'failed', reason: 'recipient_gone', answer: 'no such user' }
    if (isOutage(error)) return { kind: 'later', answer: 'accounts is not available', free: true }
    throw error
  }
}

export const findRecipient = (
  userId: string,
  { parts, clients }: Sending,
): Promise<Recipient | NotSent> =>
  asked(() =>
    parts.recipients.find(userId, async () => {
      const user = await clients.accounts.getUser({ params: { user_id: userId } })
      return { address: user.email, name: user.display_name, locale: user.locale }
    }),
  )

/** The secret of a template's link: a new one each time, and kept nowhere. */
export const findCode = (
  userId: string,
  purpose: NonNullable<Template['link']>,
  { clients }: Sending,
): Promise<{ readonly code: string } | NotSent> =>
  asked(async () => {
    const request = { params: { user_id: userId }, body: { purpose } }
    return { code: (await clients.accounts.issueLink(request)).token }
  })
