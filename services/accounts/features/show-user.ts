// An account, for its owner and for other services: read at every order and every page, changed hardly ever, so it is cached.

import { getMe, getUser } from '@rialto/contracts/accounts/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { query, reply, type Unit } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import type { PublicUser } from '../domain/user.ts'
import { problems } from '../errors.ts'
import { selectPerson } from '../store.ts'
import { openSealed } from './open-sealed.ts'

async function userById(
  read: Unit,
  { session, security }: Parts,
  userId: string,
): Promise<PublicUser> {
  const row = await session.through(userId, () => read((tx) => tx.maybe(selectPerson(userId))))
  const user = row && (await read((tx) => openSealed(tx, security.fields, row)))
  if (user === undefined) throw new Problem(problems.unknown_user, { facts: { user_id: userId } })
  return user
}

export const showMe = query<typeof getMe, {}, Parts>(getMe, async ({ caller, read, parts }) =>
  reply(200, await userById(read, parts, caller.id)),
)

export const showUser = query<typeof getUser, {}, Parts>(getUser, async ({ input, read, parts }) =>
  reply(200, await userById(read, parts, input.params.user_id)),
)
