// The keys that encrypt fields, one a subject, wrapped by the master key in kernel.data_keys.
// Deleting a subject's key is how its data is erased: every copy of every field, in backups too. A
// new master key rewraps these rows and touches no data. Invariant: a key is used only once its row
// is committed or in the same transaction, so no value is ever sealed by a key that a crash forgot.
// Unwrapped keys stay in memory for up to a minute: so long another process may still read an
// erased field.

import { randomBytes } from 'node:crypto'
import { sql } from '../db/sql.ts'
import type { Transaction } from '../db/transaction.ts'
import type { Ids } from '../pure/ids.ts'
import { type Clock, isoInstant, MINUTE } from '../pure/time.ts'
import type { MasterKeys } from './master-key.ts'
import { KEY_BYTES, placeOf, seal, unseal } from './seal.ts'

const PURPOSE = 'data keys'
const CACHED_MAX = 10_000

/** Subject of the blind indexes' root; not a user, and never destroyed. */
export const INDEX_SUBJECT = '#index'

export interface DataKey {
  readonly id: string
  readonly key: Buffer
}

export interface DataKeyOptions {
  readonly master: MasterKeys
  readonly clock: Clock
  readonly ids: Ids
}

export interface DataKeys {
  find(tx: Transaction, subject: string): Promise<DataKey | undefined>
  /** The key of this id and whose it is, past the cache; undefined when it is destroyed. */
  ownerOf(
    tx: Transaction,
    keyId: string,
  ): Promise<(DataKey & { readonly subject: string }) | undefined>
  /** Makes the subject's key if it has none. */
  ensure(tx: Transaction, subject: string): Promise<DataKey>
  /** Erases the subject. False when there was nothing to erase. */
  destroy(tx: Transaction, subject: string): Promise<boolean>
  /**
   * Rewraps up to `limit` keys of older master keys under the newest; answers how many, 0 when all
   * are done.
   */
  rewrap(tx: Transaction, limit: number): Promise<number>
}

interface Row {
  readonly subject: string
  readonly key_id: string
  readonly wrapped: Buffer
  readonly kek_version: number
}

const ofSubject = (subject: string) => sql<Row>`
  select subject, key_id, wrapped, kek_version from kernel.data_keys where subject = ${subject}`
const ofId = (keyId: string) => sql<Row>`
  select subject, key_id, wrapped, kek_version from kernel.data_keys where key_id = ${keyId}`
/** Skips rows that another rewrap holds: two of them share the work. */
const wrappedByOthers = (version: number, limit: number) => sql<Row>`
  select subject, key_id, wrapped, kek_version from kernel.data_keys
  where kek_version <> ${version} order by subject limit ${limit} for update skip locked`

/** Unwrapped keys by subject, for a minute each. */
function memory(clock: Clock) {
  const cache = new Map<string, { found: DataKey; untilMs: number }>()
  return {
    forget: (subject: string): void => {
      cache.delete(subject)
    },
    remember: (subject: string, found: DataKey): void => {
      const oldest = cache.size >= CACHED_MAX ? cache.keys().next().value : undefined
      if (oldest !== undefined) cache.delete(oldest)
      cache.set(subject, { found, untilMs: clock.now() + MINUTE })
    },
    recall: (subject: string): DataKey | undefined => {
      const cached = cache.get(subject)
      if (cached === undefined || cached.untilMs > clock.now()) return cached?.found
      cache.delete(subject)
      return undefined
    },
  }
}

/** Wraps with the newest master key, unwraps with the one that wrapped. */
function wrapping(master: MasterKeys) {
  const place = (row: Pick<Row, 'subject' | 'key_id'>): string =>
    placeOf(PURPOSE, row.subject, row.key_id)
  return {
    wrap: (key: Buffer, row: Pick<Row, 'subject' | 'key_id'>): Buffer =>
      seal(master.key(master.version, PURPOSE), key, place(row)),
    unwrap: (row: Row): Buffer =>
      unseal(master.key(row.kek_version, PURPOSE), row.wrapped, place(row)),
  }
}

/** The keys of this process, with their cache. */
export function dataKeys({ master, clock, ids }: DataKeyOptions): DataKeys {
  const { remember, recall, forget } = memory(clock)
  const { wrap, unwrap } = wrapping(master)

  const find = async (tx: Transaction, subject: string): Promise<DataKey | undefined> => {
    const cached = recall(subject)
    if (cached !== undefined) return cached
    const row = await tx.maybe(ofSubject(subject))
    if (row === undefined) return undefined
    const found = { id: row.key_id, key: unwrap(row) }
    // This transaction may have inserted it itself: remembered only once that is true.
    tx.onCommit(() => remember(subject, found))
    return found
  }

  const ensure = async (tx: Transaction, subject: string): Promise<DataKey> => {
    const existing = await find(tx, subject)
    if (existing !== undefined) return existing
    const made = { id: ids.uuid(), key: randomBytes(KEY_BYTES) }
    const wrapped = wrap(made.key, { subject, key_id: made.id })
    const inserted = await tx.run(sql`
      insert into kernel.data_keys (subject, key_id, wrapped, kek_version, created_at)
      values (${subject}, ${made.id}, ${wrapped}, ${master.version}, ${isoInstant(clock.now())})
      on conflict (subject) do nothing`)
    if (inserted === 0) {
      // Another transaction made it a moment ago; the insert waited for its commit.
      const theirs = await find(tx, subject)
      if (theirs === undefined)
        throw new Error(`data key of ${subject} was made and destroyed meanwhile`)
      return theirs
    }
    tx.onCommit(() => remember(subject, made))
    return made
  }

  return {
    find,
    ensure,
    ownerOf: async (tx, keyId) => {
      const row = await tx.maybe(ofId(keyId))
      if (row === undefined) return undefined
      return { id: row.key_id, key: unwrap(row), subject: row.subject }
    },
    destroy: async (tx, subject) => {
      if (subject === INDEX_SUBJECT)
        throw new Error('the root of the blind indexes is not a subject')
      forget(subject)
      const destroyed = await tx.run(sql`delete from kernel.data_keys where subject = ${subject}`)
      tx.onCommit(() => forget(subject))
      return destroyed > 0
    },
    rewrap: async (tx, limit) => {
      const rows = await tx.many(wrappedByOthers(master.version, limit))
      for (const row of rows) {
        const wrapped = wrap(unwrap(row), row)
        tx.write(sql`
          update kernel.data_keys set wrapped = ${wrapped}, kek_version = ${master.version}
          where subject = ${row.subject}`)
      }
      return rows.length
    },
  }
}
