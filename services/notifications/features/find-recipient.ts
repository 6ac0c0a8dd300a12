// Who a message goes to, asked when it is sent: an address that was changed is the new one, and a person who is gone is gone.

import type { AccountsClient } from '@rialto/contracts/accounts/client.ts'
import { accountProblems } from '@rialto/contracts/accounts/problems.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import type { Context } from '@rialto/kernel/service/context.ts'
import type { Outcome } from '../channels/outcome.ts'
import type { Recipient } from '../channels/recipients.ts'
import type { Parts } from '../config.ts'

export interface Sending {
  readonly ctx: Context
  readonly parts: Parts
  readonly clients: { readonly accounts: AccountsClient }
}

/** The recipient, or what that makes of the message. */
export async function findRecipient(
  userId: string,
  { parts, clients }: Sending,
): Promise<Recipient | Exclude<Outcome, { kind: 'sent' }>> {
  try {
    return await parts.recipients.find(userId, async () => {
      const user = await clients.accounts.getUser({ params: { user_id: userId } })
      return { address: user.email, name: user.display_name, locale: user.locale }
    })
  } catch (error) {
    if (error instanceof Problem && error.kind.code === accountProblems.unknown_user.code)
      return { kind: 'failed', reason: 'recipient_gone', answer: 'no such user' }
    if (error instanceof Unavailable)
      return { kind: 'later', answer: 'accounts is not available', free: true }
    throw error
  }
}
