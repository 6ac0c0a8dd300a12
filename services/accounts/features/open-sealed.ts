import { ERASED, type Fields } from '@rialto/kernel/crypto/fields.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { type PublicUser, publicUser } from '../domain/user.ts'
import { type PersonRow, SEALED } from '../store.ts'

/** The account of a row; undefined once its owner's key is destroyed, which is as good as no account. */
export async function openSealed(
  tx: Tx,
  fields: Fields,
  row: PersonRow,
): Promise<PublicUser | undefined> {
  const opened = (column: string, sealed: string): Promise<string | typeof ERASED> =>
    fields.decrypt(tx, { subject: row.user_id, column, row: row.user_id }, sealed)
  const email = await opened(SEALED.email, row.email)
  const displayName = await opened(SEALED.displayName, row.display_name)
  if (email === ERASED || displayName === ERASED) return undefined
  return publicUser(row, { email, displayName })
}
