// Refresh tokens: 256 random bits each. The next one is made of the last and a random salt, so that two uses of one token at the
// same moment are answered the same without the next one being kept anywhere: who has the table lacks the token, who has stolen
// an old token lacks the salt.

import { createHash, createHmac, randomBytes } from 'node:crypto'

const PREFIX = 'rt_'
const SHAPE = /^rt_[A-Za-z0-9_-]{43}$/

const tokenOf = (secret: Buffer): string => PREFIX + secret.toString('base64url')

export const firstToken = (): string => tokenOf(randomBytes(32))
export const newSalt = (): Buffer => randomBytes(32)

export const nextToken = (token: string, salt: Buffer): string =>
  tokenOf(createHmac('sha256', token).update(salt).digest())

/** What is kept of a token; undefined for a text that never was one. */
export const hashOf = (token: string): Buffer | undefined =>
  SHAPE.test(token) ? createHash('sha256').update(token).digest() : undefined

/** A second tab, or a client that lost the answer, comes again within this. */
const GRACE_MS = 20_000

export type Use = 'first' | 'again' | 'reuse'

/** What it means that a token is shown now which was spent then. */
export function useOf(spentAtMs: number | null, now: number): Use {
  if (spentAtMs === null) return 'first'
  // By amount: between two processes' clocks the first use may lie in the future.
  return Math.abs(now - spentAtMs) <= GRACE_MS ? 'again' : 'reuse'
}
