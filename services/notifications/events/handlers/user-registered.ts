import { UserRegistered } from '@rialto/contracts/accounts/events.ts'
import { tell } from '../told.ts'

export const userRegistered = tell(UserRegistered, ({ user_id }) => ({
  kind: 'welcome',
  factId: user_id,
  userId: user_id,
  facts: {},
}))
