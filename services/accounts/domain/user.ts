// An account as its owner and other services see it.

import type { User } from '@rialto/contracts/accounts/http.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Static } from 'typebox'

export type PublicUser = Static<typeof User>
export type UserRole = PublicUser['roles'][number]

/** What lies in the row as it is, without what is sealed. */
export interface PlainPart {
  readonly user_id: string
  readonly region: string
  readonly locale: 'ru' | 'en'
  readonly tier: 'standard' | 'plus'
  readonly roles: readonly UserRole[]
  readonly created_at: number
  readonly email_verified_at: number | null
}

export interface PersonalPart {
  readonly email: string
  readonly displayName: string
}

/** The public form; nothing but what is named here ever leaves. */
export const publicUser = (plain: PlainPart, personal: PersonalPart): PublicUser => ({
  user_id: plain.user_id,
  email: personal.email,
  display_name: personal.displayName,
  region: plain.region,
  locale: plain.locale,
  tier: plain.tier,
  roles: [...plain.roles],
  email_verified: plain.email_verified_at !== null,
  created_at: isoInstant(plain.created_at),
})
