// Links that are mailed to people. Their secret is a keyed hash over what it is for: nothing of it is stored, and it is as good
// as what it names. A link dies with its address, one for a new password also with the old password, so by its use. The key is
// that of the blind indexes, under a name of its own; with it lost, links of the last day are asked for again.

import { timingSafeEqual } from 'node:crypto'
import { issueLink as route } from '@rialto/contracts/accounts/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { DAY, HOUR, isoInstant, SECOND } from '@rialto/kernel/pure/time.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { problems } from '../errors.ts'
import { selectUser, type UserRow } from '../store.ts'

export type Purpose = 'verify_email' | 'reset_password'

const LIFE_MS: Readonly<Record<Purpose, number>> = { verify_email: DAY, reset_password: HOUR }
const SHAPE = /^([0-9a-z]{26})\.([0-9a-z]{6,8})\.([A-Za-z0-9_-]{43})$/

interface Link {
  readonly row: UserRow
  readonly purpose: Purpose
  /** End of its life, seconds since the epoch in base 36. */
  readonly until: string
}

function proofOf(tx: Tx, { security }: Parts, { row, purpose, until }: Link) {
  const bound = [row.user_id, until, row.email_index.toString('base64url')]
  if (purpose === 'reset_password') bound.push(row.password_hash)
  return security.fields.blindIndex(tx, `accounts.links.${purpose}`, bound.join(' '))
}

/** The account that a link's token names. Throws `link_invalid` and `link_expired`. */
export async function accountOfLink(
  tx: Tx,
  link: { readonly purpose: Purpose; readonly token: string },
  { parts, now }: { readonly parts: Parts; readonly now: number },
): Promise<UserRow> {
  const [, id = '', until = '', shown = ''] = SHAPE.exec(link.token) ?? []
  const row = id === '' ? undefined : await tx.maybe(selectUser(`usr_${id}`))
  if (row === undefined) throw new Problem(problems.link_invalid)
  const proof = await proofOf(tx, parts, { row, purpose: link.purpose, until })
  if (!timingSafeEqual(proof, Buffer.from(shown, 'base64url')))
    throw new Problem(problems.link_invalid)
  if (Number.parseInt(until, 36) * SECOND <= now) throw new Problem(problems.link_expired)
  return row
}

export const issueLink = query<typeof route, {}, Parts>(
  route,
  async ({ input, read, parts, ctx }) => {
    const { purpose } = input.body
    const untilMs = ctx.now() + LIFE_MS[purpose]
    const until = Math.floor(untilMs / SECOND).toString(36)
    const userId = input.params.user_id
    const proof = await read(async (tx) => {
      const row = await tx.maybe(selectUser(userId))
      return row === undefined ? undefined : proofOf(tx, parts, { row, purpose, until })
    })
    if (proof === undefined) throw new Problem(problems.unknown_user)
    const token = `${userId.slice('usr_'.length)}.${until}.${proof.toString('base64url')}`
    return reply(200, { token, expires_at: isoInstant(untilMs) })
  },
)
