// Who is asking. A token is verified once and then remembered by its text until it ends: an
// asynchronous verification on each request was measured to cost more than the rest of the request
// (2,600/s against 27,000/s). The algorithm is pinned, the issuer, audience and type are checked,
// and an unknown key is looked for again at most every ten seconds, so that forged tokens cannot
// make us hammer the issuer. If the keys cannot be fetched the answer is `Unavailable`, never
// "invalid". A key that is not published any more is believed for five minutes at most, by a door that
// nobody knocks at, else for one; what was remembered of it for no longer than a token lives.

import { errors, importJWK, jwtVerify } from 'jose'
import type { Role } from '../pure/contract.ts'
import { Unavailable } from '../pure/failure.ts'
import { Problem } from '../pure/problem.ts'
import { type Clock, MINUTE, SECOND } from '../pure/time.ts'
import { anonymous, type Caller } from '../service/context.ts'
import type { Jwk, Jwks } from './keys.ts'
import { authProblems } from './problems.ts'
import { AUDIENCES, type Audience, ISSUER, TOKEN_TYPE, TTL_MAX_MS } from './tokens.ts'

const REFETCH_MS = 10 * SECOND
const STALE_MS = MINUTE
/** So long what is known serves whoever asks, while it is read anew. */
const OLD_MS = 5 * MINUTE
const RETRY_MS = SECOND
const FETCH_TIMEOUT_MS = 2_000
/** The issuer's clock may be ahead of ours by so much. */
const SKEW_MS = 5 * MINUTE
/** Longer than any token of ours; longer texts are not even parsed. */
const TOKEN_LENGTH_MAX = 4_096

export interface VerifierOptions {
  /**
   * Where the public keys come from: the issuer's JWKS address, or a function in the issuer's own
   * process.
   */
  readonly keys: { readonly url: string } | { readonly read: () => Promise<Jwks> }
  readonly clock: Clock
  /** Whose tokens are taken here: the outside takes only `public` ones. */
  readonly accepts: readonly Audience[]
  readonly rememberedMax?: number
}

export interface Verified {
  readonly caller: Caller
  /** End of the token, milliseconds since the epoch. */
  readonly expiresAtMs: number
}

export interface Verifier {
  /** For what outlives a request: who it is, and until when. Throws as `verify` does. */
  inspect(token: string): Promise<Verified>
  /** Throws a problem of `auth.*`, or `Unavailable`. */
  verify(token: string): Promise<Caller>
  /**
   * From the Authorization header; without one the caller is anonymous. Header names are lower
   * case.
   */
  authenticate(headers: Readonly<Record<string, string | undefined>>): Promise<Caller>
  /** Tokens remembered now. */
  readonly remembered: number
}

const PERSON_ROLES: readonly Role[] = ['customer', 'operator', 'developer']
const invalid = (cause?: unknown): Problem => new Problem(authProblems.token_invalid, { cause })
const foreign = (cause?: unknown): Problem => new Problem(authProblems.token_foreign, { cause })

async function fetchJwks(url: string): Promise<Jwks> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) })
    if (!response.ok) throw new Error(`status ${response.status}`)
    const body = (await response.json()) as Jwks
    if (!Array.isArray(body.keys)) throw new Error('no keys in the answer')
    return body
  } catch (cause) {
    throw new Unavailable('the signing keys cannot be fetched', { cause })
  }
}

/** Public keys by id, fetched when a token names an unknown one, and once a minute. */
function keyRing({ keys: source, clock }: VerifierOptions) {
  let ring = new Map<string, CryptoKey>()
  let fetchedAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  let fetching: Promise<void> | undefined
  const within = (ms: number, since: number): boolean => Math.abs(clock.now() - since) < ms

  const read = async (): Promise<Jwks> => {
    if (within(RETRY_MS, failedAt))
      throw new Unavailable('the signing keys could not be fetched a moment ago')
    try {
      return await ('url' in source ? fetchJwks(source.url) : source.read())
    } catch (error) {
      failedAt = clock.now()
      throw error
    }
  }

  const refetch = async (): Promise<void> => {
    const { keys } = await read()
    const usable = keys.filter((jwk: Jwk) => jwk.kty === 'OKP' && jwk.crv === 'Ed25519' && jwk.kid)
    const imported = usable.map(
      async (jwk) => [jwk.kid ?? '', (await importJWK({ ...jwk }, 'EdDSA')) as CryptoKey] as const,
    )
    ring = new Map(await Promise.all(imported))
    fetchedAt = clock.now()
  }

  const fetchOnce = (): Promise<void> => {
    fetching ??= refetch().finally(() => {
      fetching = undefined
    })
    return fetching
  }

  return async (kid: string | undefined): Promise<CryptoKey> => {
    if (kid === undefined) throw invalid()
    const isKnown = ring.has(kid)
    if (!within(isKnown ? STALE_MS : REFETCH_MS, fetchedAt)) {
      const fetched = fetchOnce()
      // While they cannot be read, what was known holds: an outage must refuse nobody.
      if (!isKnown) await fetched
      // Nor must a slow one hold anybody up, unless what is known has become old.
      else if (within(OLD_MS, fetchedAt)) fetched.catch(() => undefined)
      else await fetched.catch(() => undefined)
    }
    const found = ring.get(kid)
    if (found === undefined) throw foreign()
    return found
  }
}

/**
 * What a token's claims say about its bearer. Roles and audience must agree: a person never gets a
 * service's role.
 */
function callerOf(claims: Readonly<Record<string, unknown>>): Caller {
  const { sub, roles, aud, sid } = claims
  if (typeof sub !== 'string' || sub === '' || !Array.isArray(roles)) throw invalid()
  if (aud === AUDIENCES.internal) {
    if (roles.length !== 1 || roles[0] !== 'service') throw invalid()
    return { kind: 'service', id: sub, roles: ['service'] }
  }
  if (roles.some((role) => !PERSON_ROLES.includes(role))) throw invalid()
  if (sid !== undefined && typeof sid !== 'string') throw invalid()
  return { kind: 'user', id: sub, roles, ...(sid === undefined ? {} : { session: sid }) }
}

function problemOf(error: unknown): unknown {
  if (error instanceof Problem || error instanceof Unavailable) return error
  if (error instanceof errors.JWTExpired)
    return new Problem(authProblems.token_expired, { cause: error })
  if (error instanceof errors.JWTClaimValidationFailed && ['iss', 'aud'].includes(error.claim))
    return foreign(error)
  if (error instanceof errors.JOSEError) return invalid(error)
  return error
}

/** Opens the verifier of one door. */
export function verifier(options: VerifierOptions): Verifier {
  const { clock, rememberedMax = 10_000 } = options
  const keyFor = keyRing(options)
  const audience = options.accepts.map((name) => AUDIENCES[name])
  const remembered = new Map<string, Verified>()

  const remember = (token: string, verified: Verified): Verified => {
    const oldest = remembered.size >= rememberedMax ? remembered.keys().next().value : undefined
    if (oldest !== undefined) remembered.delete(oldest)
    remembered.set(token, verified)
    return verified
  }

  const check = async (token: string): Promise<Verified> => {
    if (token.length > TOKEN_LENGTH_MAX) throw invalid()
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => keyFor(kid), {
        algorithms: ['EdDSA'],
        issuer: ISSUER,
        audience,
        typ: TOKEN_TYPE,
        requiredClaims: ['exp', 'iat', 'sub'],
        currentDate: new Date(clock.now()),
      })
      const caller = callerOf(payload)
      const expiresAtMs = (payload.exp ?? 0) * SECOND
      // None of ours is made to live so long.
      if (expiresAtMs - clock.now() > TTL_MAX_MS + SKEW_MS) throw invalid()
      return remember(token, { caller, expiresAtMs })
    } catch (error) {
      throw problemOf(error)
    }
  }

  const inspect = async (token: string): Promise<Verified> => {
    const known = remembered.get(token)
    if (known === undefined) return check(token)
    remembered.delete(token)
    if (known.expiresAtMs <= clock.now()) throw new Problem(authProblems.token_expired)
    // Put back as the youngest: the one longest unused goes first.
    remembered.set(token, known)
    return known
  }
  const verify = async (token: string): Promise<Caller> => (await inspect(token)).caller

  return {
    inspect,
    verify,
    authenticate: async (headers) => {
      const { authorization } = headers
      if (authorization === undefined) return anonymous
      const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)?.[1]
      if (token === undefined) throw invalid()
      return verify(token)
    },
    get remembered() {
      return remembered.size
    },
  }
}
