import { duration, parseSettings } from '@rialto/kernel/config/settings.ts'
import { hashPassword, verifyPassword } from '@rialto/kernel/crypto/password.ts'
import { type Limiter, limiter } from '@rialto/kernel/http/limits.ts'
import type { Security } from '@rialto/kernel/service/security.ts'
import Type from 'typebox'
import { problems } from './errors.ts'

const TEN_MINUTES_S = 600

const perTenMinutes = (amount: number, what: string) =>
  Type.Integer({ minimum: 1, default: amount, description: `${what} in ten minutes` })

export const settings = Type.Object({
  ACCOUNTS_REGISTRATIONS_PER_ADDRESS: perTenMinutes(60, 'registrations from one address'),
  ACCOUNTS_LOGINS_PER_ADDRESS: perTenMinutes(100, 'attempts to log in from one address'),
  ACCOUNTS_LOGINS_PER_EMAIL: perTenMinutes(10, 'failed attempts to log in to one account'),
  ACCOUNTS_REFRESHES_PER_ADDRESS: perTenMinutes(600, 'refreshed sessions from one address'),
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
    readonly loginsByEmail: Limiter
    readonly refreshes: Limiter
    readonly linksByAddress: Limiter
    readonly linksByEmail: Limiter
  }
  readonly sessions: { readonly idleMs: number; readonly maxMs: number }
}

/** Throws `BadSettings` for figures that are none. */
export function partsOf(
  env: Readonly<Record<string, string | undefined>>,
  security: Security,
): Parts {
  const s = parseSettings(settings, env)
  const limit = (points: number): Limiter =>
    limiter({ points, seconds: TEN_MINUTES_S, kind: problems.too_many_attempts })
  return {
    security,
    passwords: { hash: hashPassword, verify: verifyPassword },
    limits: {
      registrations: limit(s.ACCOUNTS_REGISTRATIONS_PER_ADDRESS),
      loginsByAddress: limit(s.ACCOUNTS_LOGINS_PER_ADDRESS),
      loginsByEmail: limit(s.ACCOUNTS_LOGINS_PER_EMAIL),
      refreshes: limit(s.ACCOUNTS_REFRESHES_PER_ADDRESS),
      linksByAddress: limit(s.ACCOUNTS_LINKS_PER_ADDRESS),
      linksByEmail: limit(s.ACCOUNTS_LINKS_PER_EMAIL),
    },
    sessions: { idleMs: s.ACCOUNTS_SESSION_IDLE, maxMs: s.ACCOUNTS_SESSION_MAX },
  }
}
