// Where the signing keys lie: one row a key in the database that all processes share, sealed by the master key. So whichever
// process issues a token, every other can verify it, and none needs another to be up for that. A row is never changed; of
// processes that start at the same moment one makes the first key. A crash leaves a key whole or not at all.

import type pg from 'pg'
import type { MasterKeys } from '../crypto/master-key.ts'
import { placeOf, seal, unseal } from '../crypto/seal.ts'
import { openQuery } from '../db/query.ts'
import { type Sql, sql } from '../db/sql.ts'
import type { Jwk } from './keys.ts'

/** A signing key with its private part. */
export interface StoredKey {
  readonly kid: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly privateJwk: Jwk
}

export interface KeyStore {
  /** All keys, oldest first. */
  load(): Promise<StoredKey[]>
  /** Keeps it only if there is no key yet: another process may have been first. */
  addFirst(key: StoredKey): Promise<void>
  add(key: StoredKey): Promise<void>
  remove(kid: string): Promise<void>
}

const PURPOSE = 'signing keys'

interface Row {
  readonly kid: string
  readonly created_at: bigint
  readonly kek_version: number
  readonly sealed: Buffer
}

const byAge = (a: StoredKey, b: StoredKey): number =>
  a.createdAt - b.createdAt || (a.kid < b.kid ? -1 : 1)

const placeFor = (kid: string, createdAt: number): string =>
  placeOf(PURPOSE, kid, String(createdAt))

const selectAll = (): Sql<Row> => sql`
  select kid, created_at, kek_version, sealed from kernel.signing_keys`

const insertFirst = ({ kid, created_at, kek_version, sealed }: Row): Sql => sql`
  insert into kernel.signing_keys (kid, created_at, kek_version, sealed, is_first)
  select ${kid}, ${created_at}, ${kek_version}, ${sealed}::bytea, true
   where not exists (select from kernel.signing_keys)
  on conflict do nothing`

const insertOne = ({ kid, created_at, kek_version, sealed }: Row): Sql => sql`
  insert into kernel.signing_keys (kid, created_at, kek_version, sealed)
  values (${kid}, ${created_at}, ${kek_version}, ${sealed})`

const deleteOne = (kid: string): Sql => sql`delete from kernel.signing_keys where kid = ${kid}`

/** Keeps the keys in this database, whose schema `kernel` the pool's user must own. */
export function databaseKeyStore(pool: pg.Pool, master: MasterKeys): KeyStore {
  const rowOf = ({ kid, createdAt, privateJwk }: StoredKey): Row => {
    const plain = Buffer.from(JSON.stringify(privateJwk), 'utf8')
    return {
      kid,
      created_at: BigInt(createdAt),
      kek_version: master.version,
      sealed: seal(master.key(master.version, PURPOSE), plain, placeFor(kid, createdAt)),
    }
  }
  const keyOf = (row: Row): StoredKey => {
    const { kid, kek_version: version, sealed } = row
    const createdAt = Number(row.created_at)
    const plain = unseal(master.key(version, PURPOSE), sealed, placeFor(kid, createdAt))
    return { kid, createdAt, privateJwk: JSON.parse(plain.toString('utf8')) as Jwk }
  }
  return {
    load: async () => (await openQuery(pool, selectAll())).map(keyOf).sort(byAge),
    addFirst: async (key) => {
      await openQuery(pool, insertFirst(rowOf(key)))
    },
    add: async (key) => {
      await openQuery(pool, insertOne(rowOf(key)))
    },
    remove: async (kid) => {
      await openQuery(pool, deleteOne(kid))
    },
  }
}

/** Keeps the keys in memory: for tests, and for one process that needs no more. */
export function memoryKeyStore(): KeyStore {
  const keys = new Map<string, StoredKey>()
  return {
    load: async () => [...keys.values()].sort(byAge),
    addFirst: async (key) => {
      if (keys.size === 0) keys.set(key.kid, key)
    },
    add: async (key) => {
      keys.set(key.kid, key)
    },
    remove: async (kid) => {
      keys.delete(kid)
    },
  }
}
