// Password hashes: Argon2id with 19 MiB, two passes, one lane, in the thread pool. An unknown user
// costs the same time as a wrong password, because a difference would tell a stranger who has an
// account here. Two at once in a process, which leaves the pool's other threads to files and names;
// behind them as many as take some seconds.

import { hash, verify } from '@node-rs/argon2'
import { turns } from './turns.ts'

const inTurn = turns({ atOnce: 2, waitingMax: 100, retryAfterSeconds: 2 })

const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const HEADER = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$`

// Salt and digest of zeros: verifying against it does all the work, and no password has that
// digest.
const NOBODY = `${HEADER}${'A'.repeat(22)}$${'A'.repeat(43)}`

// The same password typed on two keyboards may arrive composed or decomposed.
const normal = (password: string): string => password.normalize('NFKC')

/** Self-describing hash with its own random salt. Throws `kernel.unavailable` when too many wait. */
export const hashPassword = (password: string): Promise<string> =>
  inTurn(() => hash(normal(password), COST))

/**
 * Compares with a stored hash. Give `undefined` for a user who does not exist: answers false, in
 * the same time. Throws `kernel.unavailable` when too many wait.
 */
export async function verifyPassword(
  stored: string | undefined,
  password: string,
): Promise<boolean> {
  const matches = await inTurn(() => verify(stored ?? NOBODY, normal(password)))
  return stored !== undefined && matches
}

/**
 * The hash was made with other costs than today's: make a new one at the next successful log-in.
 */
export const isOutdated = (stored: string): boolean => !stored.startsWith(HEADER)
