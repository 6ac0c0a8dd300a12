// Real servers as children of a test: started on a port of loopback, watched, so that one whose starter was killed ends with it by
// its closed input and takes its directory along, and killed as a power cut would.

import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const READY_MS = 90_000

/** The shell stands between us and the server: when our end of its input closes, however we died, it ends the server and its data. */
const WATCHED = [
  'exec 3<&0',
  '"$@" </dev/null 3<&- &',
  'server=$!',
  '(cat <&3 >/dev/null; kill -9 $server; rm -rf "$0") 2>/dev/null &',
  'watcher=$!',
  'wait $server; code=$?',
  'kill $watcher 2>/dev/null; exit $code',
].join('\n')

export interface Running {
  readonly shell: ChildProcess
  readonly ended: Promise<unknown>
}

/** Runs a command whose data lie in `directory`; what it prints goes to `log.txt` there. */
export function runWatched(directory: string, command: readonly string[]): Running {
  const log = openSync(join(directory, 'log.txt'), 'a')
  const shell = spawn('sh', ['-c', WATCHED, directory, ...command], {
    stdio: ['pipe', log, log],
    detached: true,
  })
  closeSync(log)
  return { shell, ended: once(shell, 'exit') }
}

/** The last that was printed there. */
export const lastWords = (directory: string): string =>
  readFileSync(join(directory, 'log.txt'), 'utf8').slice(-2_000)

/** Resolves when somebody accepts connections on this port; throws when the command ended instead. */
export async function listensOn(port: number, running: Running, directory: string): Promise<void> {
  const until = performance.now() + READY_MS
  while (!(await answers(port))) {
    if (running.shell.exitCode !== null || performance.now() > until)
      throw new Error(`the server did not start:\n${lastWords(directory)}`)
    await pause(50)
  }
}

/** SIGKILL to the server, its watcher and the shell; resolves when nobody listens on the port any more. */
export async function killWatched(running: Running, port: number): Promise<void> {
  if (running.shell.pid === undefined || running.shell.exitCode !== null) return
  process.kill(-running.shell.pid, 'SIGKILL')
  await running.ended
  while (await answers(port)) await pause(20)
}

/** Below those that a system gives to whoever asks for any: a server that is away for a moment finds its port free. */
const PORTS = { from: 10_000, to: 20_000 } as const

/** A port that nobody listens on, drawn by lot, so that two who look at the same time hardly ever find the same. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}

/** Whether somebody accepts connections there. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (found: boolean) => {
      socket.destroy()
      resolve(found)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}
