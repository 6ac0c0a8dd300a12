import { UserRegistered } from '@rialto/contracts/accounts/events.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { PlainPart } from '../domain/user.ts'

export const publishUserRegistered = (tx: Tx, user: PlainPart) =>
  tx.publish(UserRegistered, {
    user_id: user.user_id,
    region: user.region,
    registered_at: isoInstant(user.created_at),
  })
