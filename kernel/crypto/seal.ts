// Authenticated encryption of one value: AES-256-GCM with a fresh random 96-bit nonce and, as
// associated data, the place the value belongs to. A value that was changed, cut, or moved to
// another place does not open; it never opens as something else. One key seals far fewer than 2^32
// values (a key a user, a key a file), the bound for random nonces.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const NONCE_BYTES = 12
const TAG_BYTES = 16
export const KEY_BYTES = 32

/** A sealed value that does not open: tampered with, moved, or sealed by another key. */
export class BrokenSeal extends Error {
  constructor(place: string, options: { cause?: unknown } = {}) {
    super(`sealed value does not open at ${place}`, options)
    this.name = 'BrokenSeal'
  }
}

/**
 * The parts of a place as bytes no other place has: lengths are part of the text, so `a,b` and
 * `ab,` differ.
 */
export const placeOf = (...parts: readonly string[]): string => JSON.stringify(parts)

/** Nonce, ciphertext and tag in one buffer. */
export function seal(key: Buffer, plain: Buffer, place: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(place, 'utf8'))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Throws `BrokenSeal`. */
export function unseal(key: Buffer, sealed: Buffer, place: string): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new BrokenSeal(place)
  const end = sealed.length - TAG_BYTES
  const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  cipher.setAAD(Buffer.from(place, 'utf8'))
  cipher.setAuthTag(sealed.subarray(end))
  try {
    return Buffer.concat([cipher.update(sealed.subarray(NONCE_BYTES, end)), cipher.final()])
  } catch (cause) {
    throw new BrokenSeal(place, { cause })
  }
}

/** A key for one purpose only: keys of two purposes tell nothing about each other. */
export const deriveKey = (root: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), purpose, KEY_BYTES))
