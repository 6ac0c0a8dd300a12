// A real Redis for tests: the distribution's program, on a free port of loopback, in a directory that goes with it. It writes each
// command to its disk, so that after a kill it comes back with what it had: what it missed meanwhile is then missing.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort, killWatched, listensOn, type Running, runWatched } from './watched.ts'

/** The program, or undefined where it is missing. */
export const redisServer = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((dir) => join(dir, 'redis-server'))
    .find((path) => existsSync(path))

export interface RedisServer {
  /** For `REDIS_URL`; the same over restarts. */
  readonly url: string
  /** SIGKILL, as a power cut of the process; resolves when it is gone. */
  killHard(): Promise<void>
  /** On the same port, with what it had. */
  restart(): Promise<void>
  /** Stops it from answering without closing a connection, as a network that lost its way, until `thaw`. */
  freeze(): void
  thaw(): void
  /** Ends it and removes the data. */
  stop(): Promise<void>
}

export interface RedisServerOptions {
  /** Speaks TLS only, with this certificate and its key, files in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly password?: string
}

const PID_FILE = 'pid'

const argumentsOf = (port: number, { tls, password }: RedisServerOptions): string[] => [
  ...[
    '--pidfile',
    PID_FILE,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
  ],
  ...(password === undefined ? [] : ['--requirepass', password]),
  ...(tls === undefined
    ? ['--port', String(port)]
    : [
        ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
        ...['--tls-cert-file', tls.cert, '--tls-key-file', tls.key],
      ]),
]

/** Starts one; `program` as `redisServer()` answered. */
export async function startRedis(
  program: string,
  options: RedisServerOptions = {},
): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), 'rialto-redis-'))
  const port = await freePort()
  const command = [program, '--dir', directory, ...argumentsOf(port, options)]
  const { tls, password } = options
  const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`
  let running: Running | undefined

  const killHard = async (): Promise<void> => {
    if (running !== undefined) await killWatched(running, port)
    running = undefined
  }
  const restart = async (): Promise<void> => {
    running = runWatched(directory, command)
    await listensOn(port, running, directory)
  }
  const tell = (signal: 'SIGSTOP' | 'SIGCONT'): void => {
    process.kill(Number(readFileSync(join(directory, PID_FILE), 'utf8')), signal)
  }
  const stop = async (): Promise<void> => {
    await killHard()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await restart()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `${tls === undefined ? 'redis' : 'rediss'}://${login}127.0.0.1:${port}`,
    killHard,
    restart,
    freeze: () => tell('SIGSTOP'),
    thaw: () => tell('SIGCONT'),
    stop,
  }
}
