// One process of the platform, over all its lives: the same seat, ports and settings at each start.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { COMPILED } from '@rialto/kernel/config/compile-cache.ts'
import { type Seat, urlOf } from './layout.ts'

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
const START_TIMEOUT_MS = 60_000
const WORDS_KEPT = 16_000

export interface Death {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What a program says of itself when it is ready. */
export type Ready = Readonly<{ ready: true } & Record<string, unknown>>

export interface Launched {
  readonly child: ChildProcess
  readonly death: Promise<Death>
  /** Resolves with its line of readiness, or with its end where that comes first. */
  readonly ready: Promise<Ready | Death>
}

/** Starts a program that ends when its standard input does and says in one line of JSON that it is ready. */
export function launch(
  script: string,
  env: Readonly<Record<string, string>>,
  say: (part: unknown) => void,
): Launched {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { NODE_COMPILE_CACHE: COMPILED, ...env },
  })
  child.stderr?.on('data', say)
  child.stdin?.on('error', () => undefined)
  const death = once(child, 'close').then(([code, signal]) => ({ code, signal }) as Death)
  const line = new Promise<Ready>((resolve) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
      if (text.startsWith('{"ready"')) resolve(JSON.parse(text) as Ready)
      else say(`${text}\n`)
    })
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS)
  return { child, death, ready: Promise.race([line, death]).finally(() => clearTimeout(limit)) }
}

export class Member {
  readonly seat: Seat
  readonly internalUrl: string
  readonly #env: Readonly<Record<string, string>>
  #child: ChildProcess | undefined
  #death: Promise<Death> | undefined
  #words = ''
  /** Milliseconds that its last start took, as it says itself. */
  startMs = 0
  lives = 0

  constructor(seat: Seat, env: Readonly<Record<string, string>>) {
    this.seat = seat
    this.internalUrl = urlOf(seat.internalPort)
    this.#env = env
  }

  get running(): boolean {
    return this.#child !== undefined
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** The end of what it said, all lives together. */
  get words(): string {
    return this.#words
  }

  #say(part: unknown): void {
    this.#words = `${this.#words}${String(part)}`.slice(-WORDS_KEPT)
  }

  /** Starts it; resolves when it answers. Throws with its words when it ends before. */
  async start(): Promise<void> {
    if (this.#child !== undefined) throw new Error(`${this.seat.name} runs already`)
    this.lives += 1
    const { child, death, ready } = launch(CHILD, this.#env, (part) => this.#say(part))
    this.#child = child
    this.#death = death.then((died) => {
      this.#child = undefined
      return died
    })
    const first = await ready
    if (!('ready' in first))
      throw new Error(
        `${this.seat.name} did not start (${first.code ?? first.signal}):\n${this.#words}`,
      )
    this.startMs = Number(first.ms)
  }

  /** Resolves with how it ended; at once when it does not run. */
  async end(signal: NodeJS.Signals): Promise<Death> {
    this.#child?.kill(signal)
    return (await this.#death) ?? { code: 0, signal: null }
  }
}
