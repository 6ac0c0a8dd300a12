// The demo logins. Repeatable: an account that is there already stays as it is, with whatever its owner made of it.

import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import type { Unit } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { selectUserByEmail } from '../store.ts'
import { emailIndexOf, openAccount } from './open-account.ts'

export async function seed(a: { unit: Unit; parts: Parts; now: number }): Promise<void> {
  const { unit, parts, now } = a
  for (const { role, userId, email, password, displayName } of demoLogins) {
    const known = await unit(async (tx) =>
      tx.maybe(selectUserByEmail(await emailIndexOf(tx, parts, email))),
    )
    if (known !== undefined) continue
    const passwordHash = await parts.passwords.hash(password)
    const account = {
      userId,
      isVerified: true,
      email,
      displayName,
      passwordHash,
      region: 'RU',
      locale: 'ru',
      roles: [role],
    } as const
    await unit((tx) => openAccount(tx, account, { parts, now }))
  }
}
