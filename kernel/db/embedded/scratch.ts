// A directory for a server that nobody will miss: below a temporary directory that the server's account can enter.

import { chmodSync, existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Account, reaches, serverAccount } from './account.ts'

/** Temporary directories that the account can enter, the usual one first. */
export const openPlaces = (account: Account | undefined): string[] =>
  [...new Set([tmpdir(), '/tmp', '/var/tmp'])].filter(
    (place) => existsSync(place) && reaches(account, place),
  )

/** Makes one. The account passes through it and owns what is inside. */
export function scratchDirectory(): string {
  const [place] = openPlaces(serverAccount())
  if (place === undefined)
    throw new Error('no temporary directory can be entered by the account that runs PostgreSQL')
  const directory = mkdtempSync(join(place, 'rialto-pg-'))
  chmodSync(directory, 0o711)
  return directory
}
