// Stops the server when we are gone. It holds the reading end of a pipe from us: end of file without a word means that we
// died, kill -9 included. A shell does it in 1 MB where another Node would take 42. It runs as the server's account, so that
// the worst a mistake could signal is a process of that account, and it looks at the command line before it signals.

import { type ChildProcess, spawn } from 'node:child_process'
import type { Account } from './account.ts'

const SHELL_SCRIPT = `
pid=$1 data=$2 signal=$3 rubbish=$4
read -r word && exit 0
ours() {
  if [ -r /proc/self/cmdline ]; then line=$(tr '\\0' ' ' < "/proc/$pid/cmdline"); else line=$(ps -ww -o command= -p "$pid"); fi
  case "$line" in *" -D $data "*) return 0;; *) return 1;; esac
}
ours && kill -s "$signal" "$pid"
tries=0
while ours && [ $tries -lt 150 ]; do sleep 0.2; tries=$((tries + 1)); done
ours && kill -s QUIT "$pid"
if [ -n "$rubbish" ]; then rm -rf "$rubbish" || { sleep 1; rm -rf "$rubbish"; }; fi
`

const NODE_SCRIPT = `
const [pid, , , rubbish] = process.argv.slice(1)
let told = false
process.stdin.on('data', () => { told = true })
process.stdin.on('end', () => {
  if (told) process.exit()
  try { process.kill(Number(pid), 'SIGINT') } catch {}
  setTimeout(() => { if (rubbish) require('node:fs').rmSync(rubbish, { recursive: true, force: true }) }, 3000)
})
`

export interface WatchdogOptions {
  readonly pid: number
  readonly dataDir: string
  readonly account: Account | undefined
  /** Removed with the server, for throw-away clusters, which then need no orderly shutdown either. */
  readonly rubbish?: string | undefined
}

/** Starts the watchdog; the returned function tells it to stand down. */
export function watch(options: WatchdogOptions): () => void {
  const { pid, dataDir, account, rubbish } = options
  const args = [String(pid), dataDir, rubbish === undefined ? 'INT' : 'QUIT', rubbish ?? '']
  const [command, start] =
    process.platform === 'win32'
      ? [process.execPath, ['-e', NODE_SCRIPT, ...args]]
      : ['/bin/sh', ['-c', SHELL_SCRIPT, 'rialto-watchdog', ...args]]
  const dog: ChildProcess = spawn(command, start, {
    ...account,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // Without a watchdog the next start still finds and stops an orphan, so its failure is no reason to fail.
  dog.on('error', () => undefined)
  dog.stdin?.on('error', () => undefined)
  dog.unref()
  ;(dog.stdin as unknown as { unref?: () => void }).unref?.()
  return () => {
    dog.stdin?.end('stand down\n')
  }
}
