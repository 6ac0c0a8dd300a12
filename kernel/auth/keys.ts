// The Ed25519 keys that sign access tokens. A new key is published at once and signs two minutes
// later, when every process has read it; one that was replaced is still published for an hour,
// longer than any token lives. So a rotation logs nobody out. Without a readable store nothing is
// signed: better no token than one nobody can check later.

import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose'
import { type Clock, HOUR, MINUTE } from '../pure/time.ts'
import type { KeyStore, StoredKey } from './key-store.ts'

const PUBLISHED_AFTER_REPLACEMENT_MS = HOUR
const REREAD_MS = MINUTE
const PUBLISHED_BEFORE_USE_MS = 2 * MINUTE

/** An Ed25519 key in JWK form; `d` only in a private one. */
export interface Jwk {
  readonly kty: string
  readonly crv: string
  readonly x: string
  readonly d?: string
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
}
export interface Jwks {
  readonly keys: readonly Jwk[]
}

export interface SigningKey {
  readonly kid: string
  readonly key: CryptoKey
}

export interface SigningKeys {
  /** The key that signs now. */
  current(): Promise<SigningKey>
  /** Public keys, for `/.well-known/jwks.json`. */
  jwks(): Promise<Jwks>
  /**
   * Makes a new key, which signs in two minutes, and removes those replaced more than an hour ago;
   * answers its id.
   */
  rotate(): Promise<string>
}

async function generate(createdAt: number): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const { kty, crv, x, d } = (await exportJWK(privateKey)) as Jwk
  const kid = await calculateJwkThumbprint({ kty, crv, x })
  return { kid, createdAt, privateJwk: { kty, crv, x, ...(d === undefined ? {} : { d }) } }
}

const publicPart = ({ kid, privateJwk: { kty, crv, x } }: StoredKey): Jwk => ({
  kty,
  crv,
  x,
  kid,
  alg: 'EdDSA',
  use: 'sig',
})

/** Opens the signing keys, making the first one if there is none. */
export async function openSigningKeys(store: KeyStore, clock: Clock): Promise<SigningKeys> {
  let keys = await store.load()
  if (keys.length === 0) {
    await store.addFirst(await generate(clock.now()))
    keys = await store.load()
  }
  let readAt = clock.now()
  let signing: SigningKey | undefined

  const reread = async (): Promise<void> => {
    keys = await store.load()
    readAt = clock.now()
  }
  const stale = (): boolean => Math.abs(clock.now() - readAt) >= REREAD_MS
  const isPublished = (_: StoredKey, index: number): boolean => {
    const successor = keys[index + 1]
    return (
      successor === undefined || clock.now() - successor.createdAt < PUBLISHED_AFTER_REPLACEMENT_MS
    )
  }

  return {
    current: async () => {
      if (stale()) await reread()
      // Before any is old enough all processes agree on the oldest.
      const chosen =
        keys.findLast((key) => clock.now() - key.createdAt >= PUBLISHED_BEFORE_USE_MS) ?? keys[0]
      if (chosen === undefined) throw new Error('the store of signing keys was emptied')
      if (signing?.kid !== chosen.kid)
        signing = {
          kid: chosen.kid,
          key: (await importJWK(chosen.privateJwk, 'EdDSA')) as CryptoKey,
        }
      return signing
    },
    jwks: async () => {
      if (stale()) await reread()
      return { keys: keys.filter(isPublished).map(publicPart) }
    },
    rotate: async () => {
      await reread()
      // Later than every other key even if the clock went back, or the old one would go on signing.
      const made = await generate(Math.max(clock.now(), (keys.at(-1)?.createdAt ?? 0) + 1))
      await store.add(made)
      await reread()
      const replaced = keys.filter((key, index) => !isPublished(key, index))
      for (const { kid } of replaced) await store.remove(kid)
      await reread()
      return made.kid
    },
  }
}
