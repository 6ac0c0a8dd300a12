// Public ids carry their kind and are ordered by time: `ord_` + 26 characters of Crockford base32 over a UUIDv7's 128 bits.
// Ordered ids keep the indexes of growing tables append-only. Ids are made by an injected source, so that tests can fix them.

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

export type Id<Kind extends string> = `${Kind}_${string}`

/** Source of identifiers. `uuid()` answers a UUIDv7; `next('ord')` a public id of that kind. */
export interface Ids {
  uuid(): string
  next<Kind extends string>(kind: Kind): Id<Kind>
}

/** Encodes a UUID's 128 bits as 26 base32 characters that sort as the UUID does. */
export function encodeUuid(uuid: string): string {
  let bits = BigInt(`0x${uuid.replaceAll('-', '')}`)
  let text = ''
  for (let i = 0; i < 26; i++) {
    text = ALPHABET[Number(bits & 31n)] + text
    bits >>= 5n
  }
  return text
}

/** Regular expression source for a public id of this kind, for schemas. */
export const idPattern = (kind: string): string => `^${kind}_[0-9a-hjkmnp-tv-z]{26}$`
