// Opens the keys of a process, in the order in which one needs the other: the master keys, the signing keys that they seal, and
// what is made of both. The master keys come from the operator or lie in the data directory, the signing keys lie sealed in the
// database, so that processes on several machines have the same ones. A first start makes what is missing, durably before its
// first use, so that a crash in between leaves either a usable key or none.

import type pg from 'pg'
import { databaseKeyStore, type KeyStore } from '../auth/key-store.ts'
import { openSigningKeys, type SigningKeys } from '../auth/keys.ts'
import { type Audience, tokens } from '../auth/tokens.ts'
import { type Verifier, verifier } from '../auth/verifier.ts'
import { openFields } from '../crypto/fields.ts'
import { openMasterKeys } from '../crypto/master-key.ts'
import type { Ids } from '../pure/ids.ts'
import type { Clock } from '../pure/time.ts'
import type { Security } from '../service/security.ts'

export interface SecurityOptions {
  /** Its folder `keys` holds the generated master key. */
  readonly dataDir: string
  /** Text of `MASTER_KEY`; absent: generated at the first start. */
  readonly masterKey?: string | undefined
  readonly clock: Clock
  readonly ids: Ids
  /** Where the signing keys lie: a migrated database, as its owner; tests give a store of their own. */
  readonly keys: { readonly pool: pg.Pool } | { readonly store: KeyStore }
}

export interface PlatformSecurity extends Security {
  /** For rotating them. */
  readonly signingKeys: SigningKeys
  /** A verifier for one door of this process: the outside takes only `public` tokens. */
  verifierOf(accepts: readonly Audience[]): Verifier
}

/** Opens the keys of this process. */
export async function openSecurity(options: SecurityOptions): Promise<PlatformSecurity> {
  const { dataDir, masterKey, clock, ids, keys } = options
  const master = await openMasterKeys({ configured: masterKey, dataDir })
  const store = 'store' in keys ? keys.store : databaseKeyStore(keys.pool, master)
  const signingKeys = await openSigningKeys(store, clock)
  const jwks = () => signingKeys.jwks()
  return {
    signingKeys,
    tokens: tokens(signingKeys, clock),
    fields: openFields({ master, clock, ids }),
    jwks,
    verifierOf: (accepts) => verifier({ keys: { read: jwks }, clock, accepts }),
  }
}
