// One life of the platform: from its start to its death, whoever brings that about.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
/** Generous: two loaded cores, and a first start migrates. */
const START_TIMEOUT_MS = 120_000
const WORDS_KEPT = 16_000

export interface Death {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The end of its log. */
  readonly words: string
}

interface Said {
  readonly ready?: boolean
  readonly url?: string
  readonly armed?: string
}

export class PlatformProcess {
  readonly pid: number
  /** Resolves when it has ended. */
  readonly death: Promise<Death>
  /** Where it answers; undefined when it died before it did. */
  readonly ready: Promise<string | undefined>
  readonly #child: ChildProcess
  readonly #waiting: ((said: Said) => void)[] = []

  constructor(env: Readonly<Record<string, string>>) {
    const { PATH = '', NODE_COMPILE_CACHE } = process.env
    const kept = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH, ...kept, LOG_LEVEL: 'warn', ...env },
    })
    this.#child = child
    this.pid = child.pid ?? 0
    let words = ''
    child.stderr?.on('data', (part) => {
      words = `${words}${part}`.slice(-WORDS_KEPT)
    })
    child.stdin?.on('error', () => undefined)
    let isReady: (url: string | undefined) => void = () => undefined
    this.ready = new Promise((resolve) => {
      isReady = resolve
    })
    this.death = once(child, 'close').then(([code, signal]) => {
      isReady(undefined)
      for (const answer of this.#waiting) answer({})
      return { code, signal, words } as Death
    })
    if (child.stdout === null) throw new Error('the platform has no standard output')
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!/^\{"(ready|armed)"/.test(line)) {
        words = `${words}${line}\n`.slice(-WORDS_KEPT)
        return
      }
      const said = JSON.parse(line) as Said
      if (said.ready === true) isReady(said.url)
      else this.#waiting.shift()?.(said)
    })
    const limit = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS)
    void this.ready.then(() => clearTimeout(limit))
  }

  /** Sets failpoints that count from now on; answers whether it still lives to hear it. */
  async arm(faults: string): Promise<boolean> {
    const answer = new Promise<Said>((resolve) => this.#waiting.push(resolve))
    this.#child.stdin?.write(`arm ${faults}\n`)
    return (await answer).armed === faults
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}
