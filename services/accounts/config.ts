import { parseSettings } from '@rialto/kernel/config/settings.ts'
import { hashPassword, verifyPassword } from '@rialto/kernel/crypto/password.ts'
import { type Limiter, limiter } from '@rialto/kernel/http/limits.ts'
import type { Security } from '@rialto/kernel/service/security.ts'
import Type from 'typebox'
import { problems } from './errors.ts'

const TEN_MINUTES_S = 600

const perTenMinutes = (amount: number, what: string) =>
  Type.Integer({ minimum: 1, default: amount, description: `${what} in ten minutes` })

const settings = Type.Object({
  ACCOUNTS_REGISTRATIONS_PER_ADDRESS: perTenMinutes(60, 'registrations from one address'),
  ACCOUNTS_LOGINS_PER_ADDRESS: perTenMinutes(100, 'attempts to log in from one address'),
  ACCOUNTS_LOGINS_PER_EMAIL: perTenMinutes(10, 'failed attempts to log in to one account'),
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
  }
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
    },
  }
}
