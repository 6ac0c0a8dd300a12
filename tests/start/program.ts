// Programs of ours as people run them: with words, an environment and nothing else of this process. Whatever a test starts ends
// with it, also when the test fails half-way.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(import.meta.resolve('rialto/main.ts'))
const SERVER = fileURLToPath(import.meta.resolve('@rialto/server/main.ts'))
const RUN_TIMEOUT_MS = 240_000
const START_TIMEOUT_MS = 240_000

type Settings = Readonly<Record<string, string>>

function start(words: readonly string[], settings: Settings): ChildProcess {
  const { PATH = '', HOME = '' } = process.env
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, ...settings },
  })
}

/** Collects what a stream says. */
function listen(child: ChildProcess): { out: string; err: string } {
  const said = { out: '', err: '' }
  child.stdout?.on('data', (part) => {
    said.out += part
  })
  child.stderr?.on('data', (part) => {
    said.err += part
  })
  return said
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

async function run(words: readonly string[], settings: Settings): Promise<Ended> {
  const child = start(words, settings)
  const said = listen(child)
  const limit = setTimeout(() => child.kill('SIGKILL'), RUN_TIMEOUT_MS)
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  clearTimeout(limit)
  return { code, signal, ...said }
}

/** `rialto <words>`, to its end. */
export const rialto = (words: readonly string[], settings: Settings = {}): Promise<Ended> =>
  run([CLI, ...words], settings)

/** What `npm start` runs, to its end: for starts that fail. */
export const failingServer = (settings: Settings): Promise<Ended> =>
  run([SERVER, '--json'], settings)

export interface Server {
  readonly pid: number
  readonly url: string
  /** Milliseconds to readiness, as it says itself. */
  readonly ms: number
  /** Ends it; answers how it ended and after how many milliseconds. */
  end(signal: NodeJS.Signals): Promise<Ended & { readonly afterMs: number }>
}

/** Starts what `npm start` runs, and resolves when it says that it is ready. */
export async function startServer(
  t: Pick<TestContext, 'after'>,
  settings: Settings,
): Promise<Server> {
  const child = start([SERVER, '--json'], settings)
  const said = listen(child)
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  t.after(async () => {
    child.kill('SIGTERM')
    await closed
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS)
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const first = await Promise.race([once(lines, 'line'), closed.then(() => undefined)])
  clearTimeout(limit)
  if (first === undefined) throw new Error(`the server ended before it was ready:\n${said.err}`)
  const { ready, url, ms } = JSON.parse(String(first[0])) as Server & { ready: unknown }
  if (ready !== true) throw new Error(`its first line does not say that it is ready: ${first[0]}`)
  return {
    pid: child.pid as number,
    url,
    ms,
    async end(signal) {
      const since = performance.now()
      child.kill(signal)
      const [code, ended] = await closed
      return { code, signal: ended, ...said, afterMs: performance.now() - since }
    },
  }
}
