// The keys with which we are known to push services. Browsers subscribe to the public one, so it must outlive restarts: unless
// it is configured, it is made once and kept, the private half sealed.

import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import type { Security } from '@rialto/kernel/service/security.ts'
import type { BuildInput } from '@rialto/kernel/service/service.ts'
import webPush from 'web-push'
import { insertPushKeys, PUSH_KEY_FIELD, selectPushKeys } from '../store.ts'
import type { VapidKeys } from './push.ts'

/** The kept keys; makes them if there are none. Of two processes that start at once, both use the first one's. */
export function keptKeys(
  pool: BuildInput['pool'],
  { fields }: Security,
  atMs: number,
): Promise<VapidKeys> {
  return inTransaction(pool, async (tx) => {
    if ((await tx.maybe(selectPushKeys())) === undefined) {
      const made = webPush.generateVAPIDKeys()
      const sealed = await fields.encrypt(tx, PUSH_KEY_FIELD, made.privateKey)
      await tx.run(insertPushKeys({ publicKey: made.publicKey, sealed, atMs }))
    }
    const kept = await tx.one(selectPushKeys())
    const privateKey = await fields.decrypt(tx, PUSH_KEY_FIELD, kept.private_key)
    if (typeof privateKey !== 'string')
      throw new Error(
        'the key that seals the push keys is destroyed; set VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY',
      )
    return { publicKey: kept.public_key, privateKey }
  })
}
