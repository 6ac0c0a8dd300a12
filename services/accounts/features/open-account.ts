// The one way in which an account comes to be: sealed, unique by its address, announced in the same commit.

import { normaliseEmail } from '@rialto/kernel/crypto/fields.ts'
import type { Id } from '@rialto/kernel/pure/ids.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { Parts } from '../config.ts'
import { type PlainPart, type PublicUser, publicUser } from '../domain/user.ts'
import { problems } from '../errors.ts'
import { publishUserRegistered } from '../events/publishers.ts'
import { insertUser, SEALED } from '../store.ts'

export interface NewAccount extends Pick<PlainPart, 'region' | 'locale' | 'roles'> {
  readonly email: string
  readonly displayName: string
  readonly passwordHash: string
  /** Only of demo accounts. */
  readonly userId?: Id<'usr'>
  readonly isVerified?: boolean
}

/** The blind index of an address, however it is spelled. */
export const emailIndexOf = (tx: Tx, { security }: Parts, email: string): Promise<Buffer> =>
  security.fields.blindIndex(tx, SEALED.email, normaliseEmail(email))

/** Throws `email_taken`; of two at the same moment the second one does, once the first has committed. */
export async function openAccount(
  tx: Tx,
  account: NewAccount,
  { parts, now }: { parts: Parts; now: number },
): Promise<PublicUser> {
  const { fields } = parts.security
  const { email, displayName, passwordHash, region, locale, roles } = account
  const userId = account.userId ?? tx.ctx.env.ids.next('usr')
  const emailIndex = await emailIndexOf(tx, parts, email)
  const sealed = (column: string, plain: string): Promise<string> =>
    fields.encrypt(tx, { subject: userId, column, row: userId }, plain)
  const user: PlainPart = {
    user_id: userId,
    region,
    locale,
    tier: 'standard',
    roles,
    created_at: now,
    email_verified_at: account.isVerified === true ? now : null,
  }
  const row = {
    ...user,
    email_index: emailIndex,
    email: await sealed(SEALED.email, email),
    display_name: await sealed(SEALED.displayName, displayName),
    password_hash: passwordHash,
  }
  if ((await tx.run(insertUser(row))) === 0) throw new Problem(problems.email_taken)
  publishUserRegistered(tx, user)
  return publicUser(user, { email, displayName })
}
