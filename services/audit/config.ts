import { parseSettings, secret } from '@rialto/kernel/config/settings.ts'
import type { BuildInput } from '@rialto/kernel/service/service.ts'
import Type from 'typebox'
import { mongoTrail } from './trail/mongo.ts'
import { postgresTrail } from './trail/postgres.ts'
import type { Trail } from './trail/trail.ts'

export const settings = Type.Object({
  MONGODB_URL: Type.Optional(
    secret({
      pattern: '^mongodb(\\+srv)?://',
      description:
        'where the audit trail is kept, mongodb://user:password@host:port/database; absent: in PostgreSQL',
    }),
  ),
})

export interface Parts {
  readonly trail: Trail
}

export async function partsOf({ settings: given, pool, env }: BuildInput): Promise<Parts> {
  const { MONGODB_URL: url } = parseSettings(settings, given)
  return { trail: url === undefined ? postgresTrail(pool) : await mongoTrail(url, env.log) }
}
