// Who a session belongs to, as it is cached: one entry a person, because all their sessions see the same. What is personal lies in
// the cache as it lies in the row, sealed under its owner's key; the password's hash is no part of it. Nobody is let in by what is
// cached: that is the token's and the gateway's to say.

import { closed, oneOf } from '@rialto/contracts/shapes/fields.ts'
import type { SpaceDefinition } from '@rialto/kernel/cache/cache.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import Type from 'typebox'

const Person = closed({
  user_id: Type.String(),
  email: Type.String(),
  display_name: Type.String(),
  region: Type.String(),
  locale: oneOf('ru', 'en'),
  tier: oneOf('standard', 'plus'),
  roles: Type.Array(oneOf('customer', 'operator', 'developer')),
  created_at: Type.Number(),
  email_verified_at: Type.Union([Type.Number(), Type.Null()]),
})

/** Written at each log-in, dropped when a session ends or the person changes. */
export const sessionSpace: SpaceDefinition<typeof Person> = {
  name: 'accounts.session',
  schema: Person,
  ttlMs: MINUTE,
  drawn: true,
}
