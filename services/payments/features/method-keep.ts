// Saved payment methods, as the rest of payments uses them: kept when the buyer agreed and the provider did too, opened for one
// call, forgotten when the payer's bank says that the consent is withdrawn.

import { ERASED, type Fields } from '@rialto/kernel/crypto/fields.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { maskedTitle } from '../domain/method-title.ts'
import type { ProviderTruth } from '../domain/provider.ts'
import type { PaymentRow } from '../store.ts'
import {
  insertMethod,
  removeMethod,
  selectToken,
  TOKEN_COLUMN,
} from '../store-refunds-and-methods.ts'

const fieldOf = (methodId: string, userId: string) => ({
  ...{ subject: userId, column: TOKEN_COLUMN, row: methodId },
})

export async function keepMethod(
  tx: Tx,
  payment: PaymentRow,
  kept: { saved: NonNullable<ProviderTruth['savedMethod']>; fields: Fields; now: number },
): Promise<void> {
  const { payment_id: paymentId, user_id: userId, provider } = payment
  if (provider === null) return
  const { saved, fields, now } = kept
  const methodId = tx.ctx.env.ids.next('pmt')
  const token = await fields.encrypt(tx, fieldOf(methodId, userId), saved.token)
  const about = { methodId, userId, provider, paymentId, type: saved.type, atMs: now }
  tx.write(insertMethod({ ...about, title: maskedTitle(saved.title), token }))
}

/** Undefined when the method, or its owner's key, is gone. */
export async function openToken(
  tx: Tx,
  fields: Fields,
  methodId: string,
): Promise<string | undefined> {
  const row = await tx.maybe(selectToken(methodId))
  if (row === undefined || row.token === null) return undefined
  const token = await fields.decrypt(tx, fieldOf(methodId, row.user_id), row.token)
  return token === ERASED ? undefined : token
}

export function dropRevoked(tx: Tx, methodId: string, now: number): void {
  tx.write(removeMethod(methodId, { reason: 'revoked', atMs: now }))
}
