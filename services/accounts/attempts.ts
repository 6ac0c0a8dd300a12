// How often a password may be guessed at. Tight for one account from one address; for an account from everywhere the limit is far
// higher, because a stranger who spends it keeps its owner out: from one address nobody can.

import { clientKey } from '@rialto/kernel/http/limits.ts'
import type { Parts } from './config.ts'

interface Attempts {
  /** Counts one. Throws `too_many_attempts`. */
  consume(): Promise<void>
  /** Whether the password was right was not found out. */
  giveBack(): Promise<void>
  /** The right password was given, or a new one set. */
  forgive(): Promise<void>
}

/** Those at the account of this address, whether there is one or not. */
export function attemptsAt({ limits }: Parts, emailIndex: Buffer, ip: string): Attempts {
  const account = emailIndex.toString('base64url')
  const here = `${account} ${clientKey(ip)}`
  return {
    async consume() {
      // In this order, so that whoever is refused here takes nothing from everybody's.
      await limits.loginsByEmail.consume(here)
      await limits.loginsByAccount.consume(account)
    },
    async giveBack() {
      await limits.loginsByEmail.giveBack(here)
      await limits.loginsByAccount.giveBack(account)
    },
    async forgive() {
      await limits.loginsByEmail.forgive(here)
      await limits.loginsByAccount.forgive(account)
    },
  }
}
