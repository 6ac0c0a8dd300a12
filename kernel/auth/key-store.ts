// Where the signing keys lie: one row a key in the database that all processes share, sealed by the master key. So whichever
// process issues a token, every other can verify it, and none needs another to be up for that. A key is never changed, only sealed
// anew; of processes that start at the same moment one makes the first. A crash leaves a key whole or not at all.

import type pg from 'pg'
import { type MasterKeys, WrongMasterKey } from '../crypto/master-key.ts'
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
  /** Seals all keys by the newest master key; answers how many were sealed by another. */
  reseal(): Promise<number>
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

const updateOne = ({ kid, kek_version, sealed }: Row): Sql => sql`
  update kernel.signing_keys set kek_version = ${kek_version}, sealed = ${sealed} where kid = ${kid}`

const deleteOne = (kid: string): Sql => sql`delete from kernel.signing_keys where kid = ${kid}`

/** The first thing that a process opens: what does not open here is more likely sealed by another key than damaged. */
function opened(key: Buffer, sealed: Buffer, place: string): Buffer {
  try {
    return unseal(key, sealed, place)
  } catch (cause) {
    throw new WrongMasterKey(
      'MASTER_KEY: it does not open the keys in this database; it belongs to another one, or a row of kernel.signing_keys was changed',
      { cause },
    )
  }
}

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
    const plain = opened(master.key(version, PURPOSE), sealed, placeFor(kid, createdAt))
    return { kid, createdAt, privateJwk: JSON.parse(plain.toString('utf8')) as Jwk }
  }
  return {
    load: async () => (await openQuery(pool, selectAll())).map(keyOf).sort(byAge),
    reseal: async () => {
      const rows = await openQuery(pool, selectAll())
      const others = rows.filter((row) => row.kek_version !== master.version)
      for (const row of others) await openQuery(pool, updateOne(rowOf(keyOf(row))))
      return others.length
    },
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
    reseal: async () => 0,
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
