// Keys that are replaced while the platform runs: a new key for signing tokens, and whatever older master keys sealed, sealed by the
// one that seals now. Sessions stay, data stays as it lies: only the keys of the data are wrapped anew. Each batch is a
// transaction of its own, so a crash leaves less to do, and repeating it does no harm.

import type pg from 'pg'
import { databaseKeyStore } from '../auth/key-store.ts'
import { openSigningKeys } from '../auth/keys.ts'
import { dataKeys } from '../crypto/data-keys.ts'
import type { MasterKeys } from '../crypto/master-key.ts'
import { openQuery } from '../db/query.ts'
import { sql } from '../db/sql.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Ids } from '../pure/ids.ts'
import type { Clock } from '../pure/time.ts'

const BATCH = 500

export interface KeyHolder {
  /** Whose user owns the schema `kernel`. */
  readonly pool: pg.Pool
  readonly master: MasterKeys
  readonly clock: Clock
  readonly ids: Ids
}

/** What a version of the master key seals. One that seals nothing need not be configured any more. */
export interface Sealed {
  readonly version: number
  readonly data_keys: number
  readonly signing_keys: number
}

export interface KeysHeld {
  /** Version of the master key that seals from now on. */
  readonly seals: number
  readonly sealed: readonly Sealed[]
  /** Of the key that signs tokens now. */
  readonly signs: string
  /** Of all keys whose tokens are accepted, the oldest first. */
  readonly published: readonly string[]
}

export interface Rotated {
  /** The key that signs from two minutes on. */
  readonly signing_key: string
  readonly rewrapped: number
  readonly resealed: number
}

const sealedBy = () => sql<Sealed>`
  select version::int, sum(data)::int as data_keys, sum(signing)::int as signing_keys
    from (select kek_version as version, count(*) as data, 0 as signing from kernel.data_keys group by 1
          union all
          select kek_version, 0, count(*) from kernel.signing_keys group by 1) k
   group by 1 order by 1`

/** Which keys are in use, and by which master key they are sealed. */
export async function keysHeld({ pool, master, clock }: KeyHolder): Promise<KeysHeld> {
  const signing = await openSigningKeys(databaseKeyStore(pool, master), clock)
  const { keys } = await signing.jwks()
  return {
    seals: master.version,
    sealed: await openQuery(pool, sealedBy()),
    signs: (await signing.current()).kid,
    published: keys.map(({ kid = '' }) => kid),
  }
}

/** Makes a new signing key, and seals everything by the master key that seals now. */
export async function rotateKeys({ pool, master, clock, ids }: KeyHolder): Promise<Rotated> {
  const store = databaseKeyStore(pool, master)
  const made = await (await openSigningKeys(store, clock)).rotate()
  const resealed = await store.reseal()
  const data = dataKeys({ master, clock, ids })
  let rewrapped = 0
  for (;;) {
    const count = await inTransaction(pool, (tx) => data.rewrap(tx, BATCH))
    if (count === 0) return { signing_key: made, rewrapped, resealed }
    rewrapped += count
  }
}
