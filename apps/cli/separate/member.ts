// One process of the platform, over all its lives: the same seat, ports and settings at each start.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Seat, urlOf } from './layout.ts'

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
const START_TIMEOUT_MS = 60_000
const WORDS_KEPT = 16_000

export interface Death {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
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
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...this.#env },
    })
    this.#child = child
    this.lives += 1
    child.stderr?.on('data', (part) => this.#say(part))
    child.stdin?.on('error', () => undefined)
    this.#death = once(child, 'close').then(([code, signal]) => {
      this.#child = undefined
      return { code, signal } as Death
    })
    const ready = new Promise<number>((resolve) => {
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        if (line.startsWith('{"ready"')) resolve((JSON.parse(line) as { ms: number }).ms)
        else this.#say(`${line}\n`)
      })
    })
    const limit = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS)
    const first = await Promise.race([ready, this.#death])
    clearTimeout(limit)
    if (typeof first !== 'number')
      throw new Error(
        `${this.seat.name} did not start (${first.code ?? first.signal}):\n${this.#words}`,
      )
    this.startMs = first
  }

  /** Resolves with how it ended; at once when it does not run. */
  async end(signal: NodeJS.Signals): Promise<Death> {
    this.#child?.kill(signal)
    return (await this.#death) ?? { code: 0, signal: null }
  }
}
