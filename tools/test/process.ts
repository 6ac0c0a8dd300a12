// One child process with a bound on its time. It leads a process group, so that what it started goes with it; a child that is
// still there after its time is killed and said to be so, because a hanging file must cost its own result and not the run's.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const GRACE_MS = 3_000

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly timedOut: boolean
  readonly output: string
  readonly ms: number
}

export interface Bounded {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Hears the lines that a long test has for whoever waits for it: those that begin with `» `. */
  readonly tell?: ((line: string) => void) | undefined
}

const TOLD = /^» /

/** Passes on the lines that are meant for now. */
function listen({ stdout }: ChildProcess, tell: (line: string) => void): void {
  if (stdout === null) return
  createInterface({ input: stdout }).on('line', (line) => {
    if (TOLD.test(line)) tell(line)
  })
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Runs Node with these arguments. Ends by itself, by its time-out or by `signal`. */
export async function runNode({
  args,
  cwd,
  env,
  timeoutMs,
  signal,
  tell,
}: Bounded): Promise<Ended> {
  const started = performance.now()
  const child = spawn(process.execPath, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (tell !== undefined) listen(child, tell)
  let timedOut = false
  let grace: NodeJS.Timeout | undefined
  const stop = (): void => {
    timedOut = true
    signalGroup(child, 'SIGTERM')
    grace = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS)
  }
  const limit = setTimeout(stop, timeoutMs)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const { promise, resolve, reject } =
    Promise.withResolvers<[number | null, NodeJS.Signals | null]>()
  child.once('error', reject)
  child.once('exit', (code, by) => resolve([code, by]))
  try {
    const [code, by] = await promise
    // Whatever it left behind in its group would hold the pipes open, and this run with them.
    signalGroup(child, 'SIGKILL')
    return {
      code,
      signal: by,
      timedOut,
      output: Buffer.concat(chunks).toString(),
      ms: performance.now() - started,
    }
  } finally {
    clearTimeout(limit)
    clearTimeout(grace)
    signal.removeEventListener('abort', stop)
  }
}
