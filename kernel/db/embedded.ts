// Our own supervisor of a real PostgreSQL, for machines that have none: `npm start` needs no account, no Docker, no install.
// Invariant: at most one server per data directory, and it lives no longer than we do. When we are killed (-9 included) a
// watchdog stops it; when that fails too, the next start does, after making sure whose server it is. What was committed is
// kept in every case, because all of it goes through PostgreSQL's own shutdown or recovery.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { removeStaleSocket, serverUrl, socketDirectory } from './embedded/address.ts'
import { findBinaries } from './embedded/binaries.ts'
import {
  type Cluster,
  clearOrphan,
  dropOwnership,
  ensureCluster,
  lastPort,
  locate,
  takeOwnership,
} from './embedded/cluster.ts'
import { watch } from './embedded/watchdog.ts'

const READY_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 30_000
const PORT_TRIES = 5
/** The children of a killed server take a moment to notice; until then its memory counts as in use. */
const LEFTOVERS_TRIES = 50
const LEFTOVERS_PAUSE_MS = 100

export interface EmbeddedOptions {
  readonly dataDir: string
  readonly password: string
  /** When absent, that of the last start here, or a free one if somebody has it by now. */
  readonly port?: number
  /** False makes commits not wait for the disk: for data that nobody misses. */
  readonly durable?: boolean
  /** More settings of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
  /** Directory that goes with the server, however it ends: for throw-away clusters. */
  readonly rubbish?: string
  /** Told when the server ends without having been asked to. */
  readonly onCrash?: (log: string) => void
}

export interface Embedded {
  readonly url: string
  readonly pid: number
  readonly port: number
  /** The last server in this directory did not end in order: it was an orphan, or killed. */
  readonly recovered: boolean
  /** Orderly: waits for nothing but the server's own shutdown. Removes `rubbish`. */
  stop(): Promise<void>
  /** As `stop`, but leaves everything in place for another start. */
  pause(): Promise<void>
  /** SIGKILL to the server, as a power cut of it; resolves when it is gone. For tests of what happens then. */
  killHard(): Promise<void>
}

/** Sized for two cores and 200 connections; the log keeps what concerns the server and leaves statements to our own log. */
const SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '128MB',
  max_connections: '200',
  max_wal_size: '2GB',
  max_wal_senders: '0',
  wal_level: 'minimal',
  max_worker_processes: '4',
  max_parallel_workers: '2',
  random_page_cost: '1.1',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_checkpoints: 'off',
}
const NOT_DURABLE: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

interface Launched {
  readonly child: ChildProcess
  readonly log: string[]
}

/** Resolves when the server accepts connections; rejects with its last words when it ends before. */
function ready({ child, log }: Launched): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      child.kill('SIGQUIT')
      settle(
        new Error(`PostgreSQL was not ready after ${READY_TIMEOUT_MS / 1000} s:\n${log.join('')}`),
      )
    }, READY_TIMEOUT_MS)
    const settle = (error?: Error): void => {
      clearTimeout(limit)
      child.off('error', settle)
      child.off('close', ended)
      child.stderr?.off('data', look)
      if (error === undefined) resolve()
      else reject(error)
    }
    const ended = (code: number | null, signal: string | null): void =>
      settle(new Error(`PostgreSQL ended at start (${code ?? signal}):\n${log.join('')}`))
    const look = (): void => {
      if (log.some((line) => line.includes('ready to accept connections'))) settle()
    }
    child.once('error', settle)
    // Not 'exit', which may come before its last words.
    child.once('close', ended)
    child.stderr?.on('data', look)
  })
}

function launch(
  cluster: Cluster,
  at: { native: string; port: number },
  options: EmbeddedOptions,
): Launched {
  const { native, port } = at
  const settings = {
    ...SETTINGS,
    ...(options.durable === false ? NOT_DURABLE : {}),
    ...options.settings,
  }
  const { dataDir, account } = cluster
  // `-D <dir>` comes first and as two words: that is how a later start knows this server again.
  const args = ['-D', dataDir, '-p', String(port), '-h', '127.0.0.1']
  args.push('-k', socketDirectory(dataDir, port))
  removeStaleSocket(dataDir, port)
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`)
  const child = spawn(join(native, 'bin', 'postgres'), args, {
    ...account,
    cwd: '/',
    // A group of its own: Ctrl-C at the terminal is for us, and we stop the server after our own drain.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const log: string[] = []
  child.stderr?.on('data', (part) => {
    log.push(String(part))
    if (log.length > 100) log.shift()
  })
  if (child.pid !== undefined) {
    const standDown = watch({ pid: child.pid, dataDir, account, rubbish: options.rubbish })
    child.once('exit', standDown)
  }
  return { child, log }
}

/**
 * Launches on the wanted port; else on that of the last start, so that whoever joined that server finds this one, and on free ones
 * until nobody else was faster.
 */
async function launchReady(
  cluster: Cluster,
  native: string,
  options: EmbeddedOptions,
): Promise<Launched & { port: number }> {
  let leftovers = 0
  const last = lastPort(cluster.dataDir)
  for (let tries = 1; ; tries++) {
    const port = options.port ?? (tries === 1 ? last : undefined) ?? (await freePort())
    const launched = launch(cluster, { native: native, port: port }, options)
    try {
      await ready(launched)
      return { ...launched, port }
    } catch (error) {
      if (/pre-existing shared memory block/.test(String(error)) && leftovers < LEFTOVERS_TRIES) {
        leftovers += 1
        tries -= 1
        await pause(LEFTOVERS_PAUSE_MS)
        continue
      }
      const taken = /could not bind/.test(String(error))
      if (!taken || options.port !== undefined || tries === PORT_TRIES) throw error
    }
  }
}

/** Lets our process end while the server runs: the watchdog then stops it. */
function letGo(child: ChildProcess): void {
  child.unref()
  ;(child.stderr as unknown as { unref?: () => void } | null)?.unref?.()
}

const isRunning = (child: ChildProcess): boolean =>
  child.exitCode === null && child.signalCode === null

function removeRubbish({ rubbish }: EmbeddedOptions): void {
  if (rubbish !== undefined) rmSync(rubbish, { recursive: true, force: true, maxRetries: 5 })
}

/** Everything from an unknown state of the directory to a server that accepts connections. */
async function bringUp(
  cluster: Cluster,
  options: EmbeddedOptions,
): Promise<Launched & { port: number; recovered: boolean }> {
  const { dataDir, account } = cluster
  // The watchdog removes it, and runs as the server's account.
  if (options.rubbish !== undefined && account !== undefined)
    chownSync(options.rubbish, account.uid, account.gid)
  const { binaries } = findBinaries(account)
  const recovered = await clearOrphan(dataDir)
  await ensureCluster(cluster, binaries, {
    dataDir,
    password: options.password,
    durable: options.durable !== false,
  })
  return { ...(await launchReady(cluster, binaries.native, options)), recovered }
}

/**
 * Starts the server on this data directory, making the directory if need be. Throws `DataDirectoryInUse` when a living process
 * serves it, `UnreachableDirectory` when the server's account could not.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const cluster = locate(options.dataDir)
  takeOwnership(cluster.dataDir)
  const up = await bringUp(cluster, options).catch((error: unknown) => {
    dropOwnership(cluster.dataDir)
    removeRubbish(options)
    throw error
  })
  const { child, log, port, recovered } = up
  letGo(child)
  let expected = false
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      dropOwnership(cluster.dataDir)
      if (!expected) options.onCrash?.(log.slice(-20).join(''))
      resolve()
    })
  })
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    expected = true
    child.ref()
    if (isRunning(child)) child.kill(signal)
    const limit = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS)
    await gone
    clearTimeout(limit)
  }
  return {
    url: serverUrl({ dataDir: cluster.dataDir, port, password: options.password }),
    pid: child.pid ?? 0,
    port,
    recovered,
    killHard: () => end('SIGKILL'),
    pause: () => end('SIGINT'),
    async stop() {
      await end(options.rubbish === undefined ? 'SIGINT' : 'SIGQUIT')
      removeRubbish(options)
    },
  }
}
