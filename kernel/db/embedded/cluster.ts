// The data directory: made once, whole or not at all (initdb works beside it and a rename publishes the result), and known to
// be free before a server is started in it. A server left behind by a dead process of ours is stopped; one whose owner lives
// is somebody's running shop and is left alone; a process that merely has the number in postmaster.pid is never touched.

import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Account, ownerOf, reaches, serverAccount } from './account.ts'
import type { Binaries } from './binaries.ts'
import { isAlive, isGone, processFacts } from './process.ts'

/** What postmaster.pid and the process table may differ by: exec takes a while on a busy machine. */
const START_TOLERANCE_S = 10

/** Another process of ours runs a server in this directory, or is about to. */
export class DataDirectoryInUse extends Error {
  readonly dataDir: string

  constructor(dataDir: string, ownerPid: number) {
    super(`the database in ${dataDir} is already being run by process ${ownerPid}`)
    this.name = 'DataDirectoryInUse'
    this.dataDir = dataDir
  }
}

/** The server's account cannot get to the directory. */
export class UnreachableDirectory extends Error {
  constructor(directory: string, uid: number) {
    super(
      `PostgreSQL runs as the account with uid ${uid} (it refuses root), which cannot enter ${directory}. ` +
        'Choose a DATA_DIR below directories that everyone may enter, start as another user, or set DATABASE_URL.',
    )
    this.name = 'UnreachableDirectory'
  }
}

interface PidFile {
  readonly pid: number
  readonly startedAt: number
  readonly port: number
}

/** The lines of postmaster.pid that matter: 1 the process, 3 its start in epoch seconds, 4 its port. */
function readPidFile(dataDir: string): PidFile | undefined {
  const path = join(dataDir, 'postmaster.pid')
  if (!existsSync(path)) return undefined
  const lines = readFileSync(path, 'utf8').split('\n')
  return { pid: Number(lines[0]), startedAt: Number(lines[2]), port: Number(lines[3]) }
}

/**
 * The server that postmaster.pid speaks of, if it runs and is the one that wrote it. Its start is told by the clock of then, and by
 * the clock of now where the process table has it: a clock that was set in between takes no server from us that works in there.
 */
export function runningServer(dataDir: string): PidFile | undefined {
  const file = readPidFile(dataDir)
  if (file === undefined) return undefined
  const facts = processFacts(file.pid)
  if (facts === undefined) return undefined
  const named = facts.argv.some((word, i) => word === '-D' && facts.argv[i + 1] === dataDir)
  const sameStart = Math.abs(facts.startedAt - file.startedAt) <= START_TOLERANCE_S
  return named && (sameStart || facts.directory === dataDir) ? file : undefined
}

/** The port of the server that runs here now, where that is another one. */
export function movedFrom(dataDir: string, port: number): number | undefined {
  const file = readPidFile(dataDir)
  return file === undefined || file.port === port ? undefined : runningServer(dataDir)?.port
}

/** The port of the last server here: it keeps the words that it was started with. */
export function lastPort(dataDir: string): number | undefined {
  const path = join(dataDir, 'postmaster.opts')
  if (!existsSync(path)) return undefined
  const [, port] = / "-p" "(\d+)"/.exec(readFileSync(path, 'utf8')) ?? []
  return port === undefined ? undefined : Number(port)
}

const ownerFile = (dataDir: string): string => `${dataDir}.owner`

/** Us, in a form that the reuse of our number by another process does not match. */
const ownMark = (): string => `${process.pid}\n${processFacts(process.pid)?.start ?? ''}\n`

/** Notes that this process runs the server here. Throws `DataDirectoryInUse` when another one that lives has said so. */
export function takeOwnership(dataDir: string): void {
  for (;;) {
    try {
      writeFileSync(ownerFile(dataDir), ownMark(), { mode: 0o600, flag: 'wx' })
      return
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error
    }
    const owner = liveOwner(dataDir)
    if (owner !== undefined) throw new DataDirectoryInUse(dataDir, owner)
    rmSync(ownerFile(dataDir), { force: true })
  }
}

/** Takes our note away, and only ours. */
export function dropOwnership(dataDir: string): void {
  const path = ownerFile(dataDir)
  if (existsSync(path) && readFileSync(path, 'utf8') === ownMark()) rmSync(path, { force: true })
}

/** The process that runs the server here, if it lives. */
export function liveOwner(dataDir: string): number | undefined {
  if (!existsSync(ownerFile(dataDir))) return undefined
  const [pid, start] = readFileSync(ownerFile(dataDir), 'utf8').split('\n')
  const facts = processFacts(Number(pid))
  return facts !== undefined && facts.start === start ? Number(pid) : undefined
}

/** Beyond what any system numbers its processes with. */
const NOBODY = 2 ** 22 + 1

/** Whether this process, or what is left of it, certainly is no server of the directory. */
function isStranger(pid: number, dataDir: string): boolean {
  if (!isAlive(pid)) return true
  const facts = processFacts(pid)
  return facts !== undefined && facts.argv.length > 0 && !facts.argv.includes(dataDir)
}

/**
 * A left-over postmaster.pid whose number belongs to somebody else by now, or to a zombie, would make PostgreSQL refuse to start. So
 * nobody's number is put in its place; in doubt PostgreSQL's own checks decide. The rest stays: by it PostgreSQL finds out whether
 * workers of the last server still write here.
 */
function forgetStranger(dataDir: string): void {
  const file = readPidFile(dataDir)
  if (file === undefined || !Number.isSafeInteger(file.pid) || !isStranger(file.pid, dataDir))
    return
  const path = join(dataDir, 'postmaster.pid')
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^\d+/, String(NOBODY)))
}

/** Stops an orphan; call it as the owner of the directory. Answers whether the last server here did not end in order. */
export async function clearOrphan(dataDir: string): Promise<boolean> {
  if (!existsSync(join(dataDir, 'postmaster.pid'))) return false
  const server = runningServer(dataDir)
  if (server === undefined) {
    forgetStranger(dataDir)
    return true
  }
  for (const [signal, timeoutMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
  ] as const) {
    try {
      process.kill(server.pid, signal)
    } catch {
      // It ended between the look and the signal, which is what was wanted.
    }
    if (await isGone(server.pid, timeoutMs)) return true
  }
  throw new Error(
    `a left-over PostgreSQL (process ${server.pid}) in ${dataDir} does not stop; end it by hand`,
  )
}

export interface ClusterOptions {
  readonly dataDir: string
  readonly password: string
  readonly durable: boolean
}

export interface Cluster {
  /** With symbolic links resolved: the form that the server's command line shows. */
  readonly dataDir: string
  readonly account: Account | undefined
}

/** Which account serves this directory. Throws when that account cannot get there. */
export function locate(dataDir: string): Cluster {
  const found = existsSync(dataDir)
  mkdirSync(found ? dataDir : dirname(dataDir), { recursive: true, mode: 0o755 })
  const real = found
    ? realpathSync(dataDir)
    : join(realpathSync(dirname(dataDir)), basename(dataDir))
  const account = (found ? ownerOf(real) : undefined) ?? serverAccount()
  if (!reaches(account, dirname(real)))
    throw new UnreachableDirectory(dirname(real), account?.uid ?? 0)
  return { dataDir: real, account }
}

function runInitdb(
  binaries: Binaries,
  account: Account | undefined,
  args: string[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(binaries.native, 'bin', 'initdb'), args, {
      ...account,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (part) => {
      said = `${said}${part}`.slice(-4_000)
    })
    child.once('error', (cause) =>
      reject(new Error(`initdb cannot be run: ${cause.message}`, { cause })),
    )
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`initdb failed (${code}):\n${said.trim()}`)),
    )
  })
}

/** Makes the data directory if it is not there. */
export async function ensureCluster(
  { dataDir, account }: Cluster,
  binaries: Binaries,
  options: ClusterOptions,
): Promise<void> {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0)
    throw new Error(`${dataDir} is neither empty nor a PostgreSQL data directory`)
  const parent = dirname(dataDir)
  const prefix = `${basename(dataDir)}.new-`
  // Drafts of starts that were killed. An initdb still at work in one fails by itself, and nobody waits for it.
  for (const name of readdirSync(parent))
    if (name.startsWith(prefix)) rmSync(join(parent, name), { recursive: true, force: true })
  const draft = mkdtempSync(join(parent, prefix))
  const passwordFile = join(draft, 'password')
  const data = join(draft, 'data')
  try {
    mkdirSync(data, { mode: 0o700 })
    writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 })
    if (account !== undefined)
      for (const path of [data, passwordFile, draft]) chownSync(path, account.uid, account.gid)
    await runInitdb(binaries, account, [
      '-D',
      data,
      '-U',
      'postgres',
      `--pwfile=${passwordFile}`,
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
      '--locale=C',
      ...(options.durable ? [] : ['--no-sync']),
    ])
    renameSync(data, dataDir)
    chmodSync(dataDir, 0o700)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}
