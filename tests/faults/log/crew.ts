// The processes of a round: started, killed and replaced by whoever holds the crew. A process that ends by itself is replaced
// when it was killed or cut off before its start, and fails the round when it ends in any other way.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Orders } from './child.ts'

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
/** Exit status of a process that was cut off from the server before it got to work. */
const CUT_OFF = 75
const STOP_TIMEOUT_MS = 20_000

type Post = Omit<Orders, 'name'> & { readonly index: number }

interface Hand {
  readonly name: string
  readonly child: ChildProcess
  readonly ready: Promise<void>
  isReady: boolean
}

export class Crew {
  readonly acked: string[] = []
  /** How often each outcome was reported by readers. */
  readonly outcomes = new Map<string, number>()
  /** Processes that ended by SIGKILL. */
  readonly deaths = { writer: 0, reader: 0 }
  readonly #posts: readonly Post[]
  readonly #hands: (Hand | undefined)[]
  readonly #incarnations: number[]
  readonly #stopping = new Set<Orders['role']>()
  #failure: Error | undefined

  constructor(posts: readonly Omit<Post, 'index'>[]) {
    this.#posts = posts.map((post, index) => ({ ...post, index }))
    this.#hands = posts.map(() => undefined)
    this.#incarnations = posts.map(() => 0)
  }

  /** Throws what made a process end that should not have. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  async start(): Promise<void> {
    for (const post of this.#posts) this.#hire(post)
    await Promise.all(this.#hands.map((hand) => hand?.ready))
    this.check()
  }

  #hire(post: Post): void {
    const incarnation = (this.#incarnations[post.index] ?? 0) + 1
    this.#incarnations[post.index] = incarnation
    const name = `${post.role}-${post.index}-${incarnation}`
    const orders: Orders = { ...post, name, seed: post.seed + 1_000 * incarnation }
    const child = spawn(process.execPath, [CHILD, JSON.stringify(orders)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let words = ''
    child.stderr?.on('data', (part) => {
      words = `${words}${part}`.slice(-4_000)
    })
    child.stdin?.on('error', () => undefined)
    let said: () => void = () => undefined
    const ready = new Promise<void>((resolve) => {
      said = resolve
    })
    const hand: Hand = { name, child, ready, isReady: false }
    this.#hands[post.index] = hand
    if (child.stdout !== null)
      createInterface(child.stdout).on('line', (line) => {
        if (line === 'ready') {
          hand.isReady = true
          said()
        } else this.#hear(line)
      })
    child.once('close', (code, signal) => {
      said()
      if (signal === 'SIGKILL') this.deaths[post.role] += 1
      const expected = signal === 'SIGKILL' || (code === CUT_OFF && !hand.isReady)
      this.#ended(post, hand, expected ? undefined : `${code ?? signal}: ${words}`)
    })
  }

  #hear(line: string): void {
    const rest = line.slice(2)
    if (line.startsWith('a ')) this.acked.push(rest)
    else if (line.startsWith('o ')) this.outcomes.set(rest, (this.outcomes.get(rest) ?? 0) + 1)
  }

  #ended(post: Post, hand: Hand, why: string | undefined): void {
    if (this.#hands[post.index] === hand) this.#hands[post.index] = undefined
    if (this.#stopping.has(post.role)) return
    if (why === undefined) this.#hire(post)
    else this.#failure ??= new Error(`${hand.name} ended with ${why}`)
  }

  /** Pids of the processes that are at work now. */
  pids(role: Orders['role']): number[] {
    return this.#hands.flatMap((hand, i) =>
      hand?.isReady === true && this.#posts[i]?.role === role && hand.child.pid !== undefined
        ? [hand.child.pid]
        : [],
    )
  }

  /** Resolves when the successor of this process is at work. */
  async successorOf(pid: number): Promise<void> {
    const index = this.#hands.findIndex((hand) => hand?.child.pid === pid)
    const before = this.#hands[index]
    if (before === undefined) throw new Error(`no process ${pid} is at work`)
    await once(before.child, 'close')
    await this.#hands[index]?.ready
    this.check()
  }

  /** Ends all of one role in order: everything at hand is finished. One that does not end fails the round. */
  async stop(role: Orders['role']): Promise<void> {
    this.#stopping.add(role)
    const hands = this.#hands.filter((hand, i) => hand && this.#posts[i]?.role === role) as Hand[]
    await Promise.all(
      hands.map(async ({ child, name, ready }) => {
        await ready
        if (child.exitCode !== null || child.signalCode !== null) return
        const gone = once(child, 'close')
        const limit = setTimeout(() => {
          this.#failure ??= new Error(`${name} did not stop within ${STOP_TIMEOUT_MS} ms`)
          child.kill('SIGKILL')
        }, STOP_TIMEOUT_MS)
        child.stdin?.write('stop\n')
        await gone
        clearTimeout(limit)
      }),
    )
    this.check()
  }

  /** Ends them at once. */
  kill(): void {
    this.#stopping.add('writer').add('reader')
    for (const hand of this.#hands) hand?.child.kill('SIGKILL')
  }
}
