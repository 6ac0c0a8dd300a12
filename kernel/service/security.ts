// What a service may do with the platform's keys: sign tokens, publish the keys that verify them, seal fields. The keys
// themselves stay behind it. Lost keys are lost data and lost sessions; how they are kept is in kernel/host/security.ts.

import type { Jwks } from '../auth/keys.ts'
import type { Tokens } from '../auth/tokens.ts'
import type { Fields } from '../crypto/fields.ts'

export interface Security {
  readonly tokens: Tokens
  readonly fields: Fields
  /** Public keys of the tokens. */
  jwks(): Promise<Jwks>
}
