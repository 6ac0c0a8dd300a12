// The platform's keys for tests: in memory, under a master key that is no secret.

import { memoryKeyStore } from '../auth/key-store.ts'
import { openSecurity, type PlatformSecurity } from '../host/security.ts'
import type { Environment } from '../service/context.ts'

const MASTER_KEY = Buffer.alloc(32, 7).toString('base64')

export const testSecurity = (env: Pick<Environment, 'clock' | 'ids'>): Promise<PlatformSecurity> =>
  openSecurity({
    dataDir: '',
    masterKey: MASTER_KEY,
    keys: { store: memoryKeyStore() },
    clock: env.clock,
    ids: env.ids,
  })
