// Whose processes PostgreSQL's are. The server refuses to run as root, so root hands it to an account without privileges:
// `postgres` where there is one, else `nobody`, so that no account has to be made. What that account cannot reach, the server
// cannot read, hence `reaches`: a path below a directory such as root's home is found out here and not by a cryptic failure.

import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** The account to run the server as; undefined when we have no privileges to drop. */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':')
    // macOS writes nobody's ids as -2.
    if (fields !== undefined) return { uid: Number(fields[2]) >>> 0, gid: Number(fields[3]) >>> 0 }
  }
  throw new Error(
    'PostgreSQL will not run as root and there is neither a "postgres" nor a "nobody" account to run it as. ' +
      'Start as another user, or set DATABASE_URL.',
  )
}

/** Root keeps serving a data directory as the account that owns it: chowning someone's data would lock them out. */
export function ownerOf(directory: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const { uid, gid } = statSync(directory)
  return uid === 0 ? undefined : { uid, gid }
}

/** Whether the account can enter the directory, or read the file. Asked of the system itself, because modes alone do not tell (ACLs, mounts). */
export function reaches(account: Account | undefined, path: string): boolean {
  if (account === undefined) return true
  const probe = spawnSync(
    '/bin/sh',
    ['-c', 'if test -d "$0"; then test -x "$0"; else test -r "$0"; fi', path],
    {
      ...account,
      cwd: '/',
      stdio: 'ignore',
    },
  )
  return probe.status === 0
}
