import type { Space } from '@rialto/kernel/cache/cache.ts'
import { duration, parseSettings } from '@rialto/kernel/config/settings.ts'
import { hashPassword, verifyPassword } from '@rialto/kernel/crypto/password.ts'
import type { Limiter } from '@rialto/kernel/http/limits.ts'
import type { Security } from '@rialto/kernel/service/security.ts'
import type { BuildInput } from '@rialto/kernel/service/service.ts'
import Type from 'typebox'
import { sessionSpace } from './domain/person.ts'
import { problems } from './errors.ts'
import type { PersonRow } from './store.ts'

const TEN_MINUTES_S = 600

const perTenMinutes = (amount: number, what: string) =>
  Type.Integer({ minimum: 1, default: amount, description: `${what} in ten minutes` })

export const settings = Type.Object({
  ACCOUNTS_REGISTRATIONS_PER_ADDRESS: perTenMinutes(60, 'registrations from one address'),
  ACCOUNTS_LOGINS_PER_ADDRESS: perTenMinutes(100, 'attempts to log in from one address'),
  ACCOUNTS_LOGINS_PER_EMAIL: perTenMinutes(
    10,
    'failed attempts to log in to one account from one address',
  ),
  ACCOUNTS_LOGINS_PER_ACCOUNT: perTenMinutes(200, 'failed attempts to log in to one account'),
  ACCOUNTS_REFRESHES_PER_ADDRESS: perTenMinutes(
    600,
    'refresh tokens that are nobody’s from one address',
  ),
  ACCOUNTS_LINKS_PER_ADDRESS: perTenMinutes(30, 'links asked for or used from one address'),
  ACCOUNTS_LINKS_PER_EMAIL: perTenMinutes(3, 'links mailed to one account'),
  ACCOUNTS_SESSION_IDLE: duration({
    default: '30d',
    description: 'how long a session lives that is not refreshed',
  }),
  ACCOUNTS_SESSION_MAX: duration({
    default: '180d',
    description: 'how long a session lives however often it is refreshed',
  }),
})

/** Hashing, which tests count. */
export interface Passwords {
  hash(password: string): Promise<string>
  verify(stored: string | undefined, password: string): Promise<boolean>
}

/** What the features get. */
export interface Parts {
  readonly security: Security
  readonly passwords: Passwords
  readonly limits: {
    readonly registrations: Limiter
    readonly loginsByAddress: Limiter
    /** Of one client address. */
    readonly loginsByEmail: Limiter
    readonly loginsByAccount: Limiter
    readonly refreshes: Limiter
    readonly linksByAddress: Limiter
    readonly linksByEmail: Limiter
  }
  /** Who a session belongs to, by user id. */
  readonly session: Space<PersonRow>
  readonly sessions: { readonly idleMs: number; readonly maxMs: number }
}

/** Throws `BadSettings` for figures that are none. */
export function partsOf(
  input: Pick<BuildInput, 'settings' | 'security' | 'cache' | 'limits'>,
): Parts {
  const { security, cache, limits } = input
  const s = parseSettings(settings, input.settings)
  const limit = (name: keyof Parts['limits'], points: number): Limiter =>
    limits(`accounts.${name}`, {
      ...{ points, seconds: TEN_MINUTES_S, kind: problems.too_many_attempts },
    })
  return {
    security,
    session: cache.space(sessionSpace),
    passwords: { hash: hashPassword, verify: verifyPassword },
    limits: {
      registrations: limit('registrations', s.ACCOUNTS_REGISTRATIONS_PER_ADDRESS),
      loginsByAddress: limit('loginsByAddress', s.ACCOUNTS_LOGINS_PER_ADDRESS),
      loginsByEmail: limit('loginsByEmail', s.ACCOUNTS_LOGINS_PER_EMAIL),
      loginsByAccount: limit('loginsByAccount', s.ACCOUNTS_LOGINS_PER_ACCOUNT),
      refreshes: limit('refreshes', s.ACCOUNTS_REFRESHES_PER_ADDRESS),
      linksByAddress: limit('linksByAddress', s.ACCOUNTS_LINKS_PER_ADDRESS),
      linksByEmail: limit('linksByEmail', s.ACCOUNTS_LINKS_PER_EMAIL),
    },
    sessions: { idleMs: s.ACCOUNTS_SESSION_IDLE, maxMs: s.ACCOUNTS_SESSION_MAX },
  }
}
