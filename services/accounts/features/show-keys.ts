import { getJwks } from '@rialto/contracts/accounts/http.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'

export const showKeys = query<typeof getJwks, {}, Parts>(getJwks, async ({ parts }) =>
  reply(200, { keys: [...(await parts.security.jwks()).keys] }),
)
