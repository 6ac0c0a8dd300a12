// The distribution's own PostgreSQL 15, the oldest that we support, as operators run it: made by initdb, watched by this test,
// gone with it. Its pg_dump speaks to it; the programs that come with npm have none.

import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serverAccount } from '@rialto/kernel/db/embedded/account.ts'
import {
  freePort,
  killWatched,
  listensOn,
  type Running,
  runWatched,
} from '@rialto/kernel/testing/servers/watched.ts'

const USER = 'rialto'
const SETTINGS = ['shared_buffers=64MB', 'fsync=off', 'timezone=UTC', 'max_connections=150']

export interface Postgres {
  /** Of its database `rialto`, as its superuser. */
  readonly url: string
  /** Runs one of its programs against it, to its end; answers what it printed. */
  run(program: string, words: readonly string[], input?: string): string
  /** Pulls the plug, and takes the data along. */
  destroy(): Promise<void>
}

/** Who runs it: PostgreSQL refuses root. */
function asServer(): string[] {
  const account = serverAccount()
  if (account === undefined) return []
  const { uid, gid } = account
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
}

function makeCluster(bin: string, data: string): void {
  mkdirSync(data, { mode: 0o700 })
  const account = serverAccount()
  if (account !== undefined) chownSync(data, account.uid, account.gid)
  const [program = '', ...words] = [...asServer(), join(bin, 'initdb')]
  const rest = ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(program, [...words, ...rest], { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' })
}

/** Starts a server without anything in it but an empty database `rialto`. `bin` is the folder of its programs. */
export async function startPostgres(bin: string): Promise<Postgres> {
  const directory = mkdtempSync(join(tmpdir(), 'rialto-postgres-'))
  chmodSync(directory, 0o711)
  const data = join(directory, 'data')
  makeCluster(bin, data)
  const port = await freePort()
  const settings = SETTINGS.flatMap((setting) => ['-c', setting])
  const words = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', '', ...settings]
  const running: Running = runWatched(directory, [...asServer(), join(bin, 'postgres'), ...words])
  await listensOn(port, running, directory)
  const env = { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: USER }
  const run: Postgres['run'] = (program, given, input = '') => {
    const ended = spawnSync(join(bin, program), given, {
      ...{ env, input, encoding: 'utf8', maxBuffer: 1 << 28 },
    })
    if (ended.status !== 0)
      throw new Error(`${program} ended with ${ended.status}: ${ended.stderr}`)
    return ended.stdout
  }
  const isUp = (): boolean => spawnSync(join(bin, 'pg_isready'), { env }).status === 0
  while (!isUp()) await new Promise((resolve) => setTimeout(resolve, 50))
  run('createdb', [USER])
  let destroyed: Promise<void> | undefined
  const end = async (): Promise<void> => {
    await killWatched(running, port)
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  return {
    url: `postgres://${USER}@127.0.0.1:${port}/${USER}`,
    run,
    destroy() {
      destroyed ??= end()
      return destroyed
    },
  }
}
