// Access tokens: short-lived JWTs, signed with Ed25519. A person's are for the public interface and
// live ten minutes; a service's are for the internal one and live five. The audiences differ, so
// that neither is of use on the other side.

import { SignJWT } from 'jose'
import type { Role } from '../pure/contract.ts'
import { type Clock, MINUTE, SECOND } from '../pure/time.ts'
import type { SigningKeys } from './keys.ts'

export const ISSUER = 'rialto'
export const AUDIENCES = { public: 'rialto', internal: 'rialto-internal' } as const
export type Audience = keyof typeof AUDIENCES
export const TOKEN_TYPE = 'at+jwt'

const ACCESS_TTL_MS = 10 * MINUTE
const SERVICE_TTL_MS = 5 * MINUTE
export const TTL_MAX_MS = Math.max(ACCESS_TTL_MS, SERVICE_TTL_MS)
/**
 * A service token is replaced this long before it ends: a request on its way must not outlive it.
 */
const RENEW_BEFORE_MS = MINUTE

export interface IssuedToken {
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface Tokens {
  /** For a person; `sid` is the session it belongs to, and does not outlive. */
  issueAccessToken(
    subject: {
      readonly sub: string
      readonly roles: readonly Exclude<Role, 'service'>[]
      readonly sid: string
    },
    sessionEndsAtMs?: number,
  ): Promise<IssuedToken>
  /** For one of our services, kept and reused until shortly before its end. */
  serviceToken(service: string): Promise<string>
}

/** Issues tokens with these keys. */
export function tokens(keys: SigningKeys, clock: Clock): Tokens {
  const kept = new Map<string, Promise<IssuedToken>>()

  const issue = async (
    claims: { sub: string; roles: readonly Role[]; sid?: string },
    audience: Audience,
    { ttlMs, untilMs = Number.POSITIVE_INFINITY }: { ttlMs: number; untilMs?: number | undefined },
  ): Promise<IssuedToken> => {
    const { kid, key } = await keys.current()
    const issuedAt = Math.floor(clock.now() / SECOND)
    const expires = Math.min(issuedAt + ttlMs / SECOND, Math.floor(untilMs / SECOND))
    const { sub, ...rest } = claims
    const token = await new SignJWT(rest)
      .setProtectedHeader({ alg: 'EdDSA', kid, typ: TOKEN_TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCES[audience])
      .setSubject(sub)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expires)
      .sign(key)
    return { token, expiresAt: expires * SECOND }
  }

  return {
    issueAccessToken: (subject, sessionEndsAtMs) =>
      issue(subject, 'public', { ttlMs: ACCESS_TTL_MS, untilMs: sessionEndsAtMs }),
    serviceToken: async (service) => {
      const current = await kept.get(service)?.catch(() => undefined)
      const left = current === undefined ? 0 : current.expiresAt - clock.now()
      // More left than it ever had: the clock went back, and other machines would call the token
      // premature.
      if (current !== undefined && left > RENEW_BEFORE_MS && left <= SERVICE_TTL_MS)
        return current.token
      const issued = issue({ sub: service, roles: ['service'] }, 'internal', {
        ttlMs: SERVICE_TTL_MS,
      })
      kept.set(service, issued)
      return (await issued).token
    },
  }
}
