// Ids and other made-up digits, from a seed and a counter: the same seed gives the same run. The counter is kept in the
// journal, so that a restart with the same seed goes on instead of issuing an id twice.

import { createHash } from 'node:crypto'

export interface Mint {
  /** 36 characters in the provider's own pattern, starting with the second of creation. */
  id(atMs: number): string
  digits(count: number): string
  readonly issued: number
}

export function openMint(seed: string, issuedBefore: number): Mint {
  let issued = issuedBefore
  const next = (): string => {
    issued += 1
    return createHash('sha256').update(`${seed}:${issued}`).digest('hex')
  }
  return {
    id(atMs) {
      const hash = next()
      const second = (Math.floor(atMs / 1000) >>> 0).toString(16).padStart(8, '0')
      return `${second}-000f-5000-${hash[0]}000-${hash.slice(1, 13)}`
    },
    digits(count) {
      return BigInt(`0x${next()}`).toString().slice(-count).padStart(count, '0')
    },
    get issued() {
      return issued
    },
  }
}
