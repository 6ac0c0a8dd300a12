// Encrypted fields: personal data and secrets that lie in a column as text only their owner's key
// opens. A sealed value names its format and its key, and is bound to its table, column, row and
// subject: copied elsewhere it does not open. Looking a person up by e-mail or phone goes by a
// blind index, a keyed hash that tells nothing to who has the table alone. Values are `f1.<key
// id>.<base64url>`; a later format adds `f2` and reads both.

import { createHmac } from 'node:crypto'
import type { Transaction } from '../db/transaction.ts'
import { type DataKeyOptions, type DataKeys, dataKeys, INDEX_SUBJECT } from './data-keys.ts'
import { BrokenSeal, deriveKey, placeOf, seal, unseal } from './seal.ts'

/** Where a value lies and whose it is. */
export interface Field {
  /** Whose key: a user's public id. */
  readonly subject: string
  /** `accounts.users.email`. */
  readonly column: string
  /** The row's key. */
  readonly row: string
}

/** What a field of a destroyed key reads as. */
export const ERASED: unique symbol = Symbol('erased')

export interface Fields {
  readonly keys: DataKeys
  encrypt(tx: Transaction, field: Field, plain: string): Promise<string>
  /**
   * `ERASED` once the subject's key is destroyed. Throws `BrokenSeal` on a value that was changed
   * or moved.
   */
  decrypt(tx: Transaction, field: Field, sealed: string): Promise<string | typeof ERASED>
  /**
   * Keyed hash of a normalised value, for a unique index. `index` names the column, so that two
   * columns never compare.
   */
  blindIndex(tx: Transaction, index: string, normalised: string): Promise<Buffer>
}

const SHAPE = /^f1\.([0-9a-f]{32})\.([A-Za-z0-9_-]+)$/

const compact = (uuid: string): string => uuid.replaceAll('-', '')

const fieldPlace = (field: Field, keyId: string): string =>
  placeOf('f1', keyId, field.subject, field.column, field.row)

/** Opens field encryption for this process. */
export function openFields(options: DataKeyOptions): Fields {
  const keys = dataKeys(options)
  return {
    keys,
    encrypt: async (tx, field, plain) => {
      const { id, key } = await keys.ensure(tx, field.subject)
      const keyId = compact(id)
      const sealed = seal(key, Buffer.from(plain, 'utf8'), fieldPlace(field, keyId))
      return `f1.${keyId}.${sealed.toString('base64url')}`
    },
    decrypt: async (tx, field, sealed) => {
      const [, keyId, content] = SHAPE.exec(sealed) ?? []
      if (keyId === undefined || content === undefined)
        throw new BrokenSeal(`${field.column} of ${field.row}`)
      let found = await keys.find(tx, field.subject)
      if (found === undefined || compact(found.id) !== keyId) {
        // Sealed by a key that this process does not remember for the subject: gone, newer, or
        // somebody else's.
        const owner = await keys.ownerOf(tx, keyId)
        if (owner === undefined) return ERASED
        if (owner.subject !== field.subject) throw new BrokenSeal(`${field.column} of ${field.row}`)
        found = owner
      }
      return unseal(
        found.key,
        Buffer.from(content, 'base64url'),
        fieldPlace(field, keyId),
      ).toString('utf8')
    },
    blindIndex: async (tx, index, normalised) => {
      const root = await keys.ensure(tx, INDEX_SUBJECT)
      const key = deriveKey(root.key, `blind index ${index}`)
      return createHmac('sha256', key).update(normalised, 'utf8').digest()
    },
  }
}

/** One spelling of an e-mail address: compatibility forms composed, trimmed, lower case. */
export const normaliseEmail = (email: string): string =>
  email.normalize('NFKC').trim().toLowerCase()

/**
 * E.164 of a phone number typed with the usual separators; undefined when it has no country code or
 * a wrong length.
 */
export function normalisePhone(phone: string): string | undefined {
  const digits = phone
    .normalize('NFKC')
    .replaceAll(/[\s().-]/g, '')
    .replace(/^00/, '+')
  return /^\+[1-9]\d{6,14}$/.test(digits) ? digits : undefined
}
