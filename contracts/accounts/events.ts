import { event } from '@rialto/kernel/pure/contract.ts'
import { id, instant, open, region } from '../shapes/fields.ts'

export const UserRegistered = event({
  type: 'user.registered',
  source: 'accounts',
  key: 'user_id',
  summary: 'A person opened an account.',
  data: open({ user_id: id('usr'), region, registered_at: instant }),
})
