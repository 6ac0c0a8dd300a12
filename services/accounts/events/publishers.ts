import {
  UserLinkRequested,
  UserRegistered,
  UserSessionEnded,
} from '@rialto/contracts/accounts/events.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { PlainPart } from '../domain/user.ts'
import type { EndReason } from '../store.ts'

export const publishUserRegistered = (tx: Tx, user: PlainPart) =>
  tx.publish(UserRegistered, {
    user_id: user.user_id,
    region: user.region,
    registered_at: isoInstant(user.created_at),
  })

export const publishLinkRequested = (
  tx: Tx,
  userId: string,
  purpose: 'verify_email' | 'reset_password',
) =>
  tx.publish(UserLinkRequested, {
    user_id: userId,
    purpose,
    requested_at: isoInstant(tx.ctx.now()),
  })

/** Of one event: an account from before there was a bound may have any number, and a broker refuses what is too large. */
const IDS_MAX = 500

/** Nothing, when there was none to end. */
export function publishSessionsEnded(
  tx: Tx,
  userId: string,
  ended: { readonly sessions: readonly { session_id: string }[]; readonly reason: EndReason },
): void {
  const { sessions, reason } = ended
  const ids = sessions.map((row) => row.session_id)
  for (let from = 0; from < ids.length; from += IDS_MAX)
    tx.publish(UserSessionEnded, {
      user_id: userId,
      session_ids: ids.slice(from, from + IDS_MAX),
      reason,
      ended_at: isoInstant(tx.ctx.now()),
    })
}
