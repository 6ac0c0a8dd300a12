// Whose account a caller sees: a developer's login its own company's and no other, an operator any that is named.

import { Problem } from '@rialto/kernel/pure/problem.ts'
import type { Caller } from '@rialto/kernel/service/context.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { problems } from '../errors.ts'
import { selectMembership } from '../store.ts'

/** `wanted`: the company that the request names, if it does. */
export async function findDeveloper(
  tx: Tx,
  caller: Caller,
  wanted: string | undefined,
): Promise<string> {
  if (caller.roles.includes('operator')) {
    if (wanted === undefined) throw new Problem(problems.developer_required)
    return wanted
  }
  const membership = await tx.maybe(selectMembership(caller.id))
  if (membership === undefined) throw new Problem(problems.no_membership)
  if (wanted !== undefined && wanted !== membership.developer_id)
    throw new Problem(problems.not_your_developer)
  return membership.developer_id
}
