import { UserLinkRequested } from '@rialto/contracts/accounts/events.ts'
import { tell } from '../told.ts'

/** Each asking is a fact of its own: who asks twice waits for a second mail. */
export const userLinkRequested = tell(UserLinkRequested, ({ user_id, purpose, requested_at }) => ({
  kind: purpose,
  factId: `${user_id} ${requested_at}`,
  userId: user_id,
  facts: {},
}))
