// A directory for a server that nobody will miss: below a temporary directory that the server's account can enter.

import { chmodSync, existsSync, mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Account, reaches, serverAccount } from './account.ts'

/** Temporary directories that the account can enter, the usual one first. */
export const openPlaces = (account: Account | undefined): string[] =>
  [...new Set([tmpdir(), '/tmp', '/var/tmp'])].filter(
    (place) => existsSync(place) && reaches(account, place),
  )

const MEMORY = '/dev/shm'
/** Room that a whole run of tests never needs; containers often give 64 MB. */
const MEMORY_BYTES = 4 * 1024 ** 3

/**
 * Memory as a directory, where it is roomy. Databases that come and go by the hundred spent 44 % of a test file's CPU in ext4, which
 * looks for a free inode past all those lately deleted.
 */
function memoryPlace(account: Account | undefined): string[] {
  if (!existsSync(MEMORY) || !reaches(account, MEMORY)) return []
  const { bavail, bsize } = statfsSync(MEMORY)
  return bavail * bsize >= MEMORY_BYTES ? [MEMORY] : []
}

/** Makes one, in memory if a crash of the machine may take it. The account passes through it and owns what is inside. */
export function scratchDirectory(options: { readonly inMemory?: boolean } = {}): string {
  const account = serverAccount()
  const [place] = [...(options.inMemory ? memoryPlace(account) : []), ...openPlaces(account)]
  if (place === undefined)
    throw new Error('no temporary directory can be entered by the account that runs PostgreSQL')
  const directory = mkdtempSync(join(place, 'rialto-pg-'))
  chmodSync(directory, 0o711)
  return directory
}
