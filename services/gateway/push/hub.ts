// The open connections of this process, and what they are still to be told. Rows are read, never handed over in memory, so that
// what a connection says is what its user's feed says, whichever process wrote it: own commits wake the reader at once, those of
// other processes are looked for every second in one query. One page a connection is under way at most; the next is read when the
// socket has taken it, so a slow client costs one page of memory, and a stuck one is cut.

import { pushCloses } from '@rialto/contracts/gateway/push.ts'
import { openQuery } from '@rialto/kernel/db/query.ts'
import type { Logger } from '@rialto/kernel/observability/log.ts'
import { type Clock, SECOND } from '@rialto/kernel/pure/time.ts'
import type { BuildInput } from '@rialto/kernel/service/service.ts'
import { type PushRow, selectLonger, selectPushes, selectStand } from '../store.ts'
import type { PushConnection } from './connection.ts'

const PAGE = 100
/** Feeds asked for in one query; of more, the rest has its turn at the next look. */
const FEEDS = 1_000

export interface Rhythm {
  /** How often other processes' writes are looked for. */
  readonly lookMs: number
  /** How often each connection is tried with a ping, and its token's end looked at. */
  readonly tickMs: number
}

export const RHYTHM: Rhythm = { lookMs: SECOND, tickMs: 15 * SECOND }

interface HubDeps {
  readonly pool: BuildInput['pool']
  readonly clock: Clock
  readonly log: Logger
}

const groupByUser = (rows: readonly PushRow[]): Map<string, PushRow[]> =>
  Map.groupBy(rows, (row) => row.user_id)

export class PushHub {
  readonly #deps: HubDeps
  readonly #byUser = new Map<string, Set<PushConnection>>()
  readonly #wanted = new Set<string>()
  #rhythm = RHYTHM
  #timers: NodeJS.Timeout[] = []
  #reading = false
  /** User up to whom the last look went. */
  #lookedTo = ''

  constructor(deps: HubDeps) {
    this.#deps = deps
  }

  /** For tests, which do not want to wait. */
  set rhythm(rhythm: Rhythm) {
    this.#rhythm = rhythm
  }

  get connections(): number {
    let count = 0
    for (const one of this.#byUser.values()) count += one.size
    return count
  }

  connectionsOf(userId: string): number {
    return this.#byUser.get(userId)?.size ?? 0
  }

  /** Where a connection begins that has seen this much; `gap` when what follows that is not kept. */
  async stand(userId: string, since: number | null): Promise<{ seq: number; gap: boolean }> {
    const [row] = await openQuery(this.#deps.pool, selectStand(userId, since ?? 0))
    if (row === undefined) throw new Error('a select of two values answered no row')
    if (since === null || since === row.seq) return { seq: row.seq, gap: false }
    return since < row.seq && row.kept ? { seq: since, gap: false } : { seq: row.seq, gap: true }
  }

  join(connection: PushConnection): void {
    const { userId } = connection
    this.#byUser.set(userId, (this.#byUser.get(userId) ?? new Set()).add(connection))
    if (this.#timers.length === 0) this.#start()
    // What was committed since it asked where it stands woke nobody here.
    this.wake([userId])
  }

  leave(connection: PushConnection): void {
    const mine = this.#byUser.get(connection.userId)
    mine?.delete(connection)
    if (mine?.size === 0) this.#byUser.delete(connection.userId)
    if (this.#byUser.size > 0) return
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
  }

  /** A session is over, and with it the connections under its tokens. */
  end(userId: string, sessionId: string): void {
    for (const one of this.#byUser.get(userId) ?? [])
      if (one.session === sessionId) one.close(pushCloses.unauthenticated)
  }

  /** Something was written for these users. */
  wake(users: Iterable<string>): void {
    for (const user of users) if (this.#byUser.has(user)) this.#wanted.add(user)
    if (this.#wanted.size === 0 || this.#reading) return
    this.#reading = true
    this.#read().catch((error: unknown) =>
      // Who was to be told is found again by the next look.
      this.#deps.log.warn({ err: error }, 'pushes cannot be read now'),
    )
  }

  async #read(): Promise<void> {
    try {
      while (this.#wanted.size > 0) {
        const feeds = this.#take()
        if (feeds.length === 0) continue
        const rows = groupByUser(await openQuery(this.#deps.pool, selectPushes(feeds, PAGE)))
        for (const { userId, seq } of feeds) this.#deliver(rows.get(userId) ?? [], { userId, seq })
      }
    } finally {
      // In the same turn as the last look at who is wanted, or a wake-up in between would be lost.
      this.#reading = false
    }
  }

  /** Whoever joined meanwhile and has seen less is not told these: to it, what lies before them would be lost. Its turn is next. */
  #deliver(rows: readonly PushRow[], after: { userId: string; seq: number }): void {
    for (const connection of this.#byUser.get(after.userId) ?? [])
      if (connection.seq >= after.seq) connection.deliver(rows, rows.length === PAGE)
  }

  /** The feeds to read now, each from its rearmost connection that can take something. */
  #take(): { userId: string; seq: number }[] {
    const feeds: { userId: string; seq: number }[] = []
    for (const userId of this.#wanted) {
      if (feeds.length === FEEDS) break
      this.#wanted.delete(userId)
      const free = [...(this.#byUser.get(userId) ?? [])].filter((one) => one.isFree())
      if (free.length > 0) feeds.push({ userId, seq: Math.min(...free.map((one) => one.seq)) })
    }
    return feeds
  }

  #start(): void {
    const { lookMs, tickMs } = this.#rhythm
    const look = (): void => {
      this.#look().catch((error: unknown) =>
        this.#deps.log.warn({ err: error }, 'pushes cannot be looked for now'),
      )
    }
    this.#timers = [
      setInterval(look, lookMs).unref(),
      setInterval(() => this.tick(), tickMs).unref(),
    ]
  }

  async #look(): Promise<void> {
    const users = [...this.#byUser.keys()]
    const from = users.length > FEEDS ? users.indexOf(this.#lookedTo) + 1 : 0
    const some = users.slice(from, from + FEEDS)
    this.#lookedTo = some.at(-1) ?? ''
    const feeds = some.flatMap((userId) => {
      const all = [...(this.#byUser.get(userId) ?? [])]
      return all.length === 0 ? [] : [{ userId, seq: Math.min(...all.map((one) => one.seq)) }]
    })
    if (feeds.length === 0) return
    const longer = await openQuery(this.#deps.pool, selectLonger(feeds))
    this.wake(longer.map((row) => row.user_id))
  }

  /** Looks after every connection; does so by itself from time to time. */
  tick(): void {
    const now = this.#deps.clock.now()
    for (const one of this.#byUser.values()) for (const connection of one) connection.tick(now)
  }
}
