// Keeps the server of a data directory running for as long as any process of ours works there. One process runs it, on the port of
// its first start so that pools find it again, and starts it anew however often that fails; the others watch that process and take
// its place when it ends. Who is first has the directory (cluster.ts); who comes second watches. A tool that is gone in a moment
// watches nothing: it would stop the server that it took over under those who joined it.

import timers from 'node:timers/promises'
import type { Logger } from '../../observability/log.ts'
import type { Embedded } from '../embedded.ts'
import { DataDirectoryInUse, liveOwner, movedFrom } from './cluster.ts'

const PAUSES_MS = [0, 200, 1_000, 3_000]
const LATER_MS = 10_000
const LOOK_MS = 1_000
/** One whose server crashed gives the directory up for a moment, and is to have it again. */
const LOOKS = 2

export interface SupervisorOptions {
  /** Throws `DataDirectoryInUse` when another process runs the server. */
  readonly start: (port: number | undefined, onCrash: (said: string) => void) => Promise<Embedded>
  readonly log: Logger
  /** Whether it takes the place of a process that ends. */
  readonly takesOver: boolean
}

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #ending = new AbortController()
  #server: Embedded | undefined
  #reviving: Promise<void> | undefined
  #watch: NodeJS.Timeout | undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Starts the server; what the start throws is for the caller. */
  async begin(port?: number): Promise<Embedded> {
    const server: Embedded = await this.#options.start(port, (said) =>
      this.#crashed(server.port, said),
    )
    this.#server = server
    return server
  }

  /**
   * Another process runs the server there on this port: takes its place when it ends. One that was started again has its port again;
   * where a stranger took it meanwhile, nothing leads our pools to the new one, and only a new start of this process helps.
   */
  join(dataDir: string, port: number): void {
    const { log, takesOver } = this.#options
    if (!takesOver) return
    let looks = 0
    let said: number | undefined
    this.#watch = setInterval(() => {
      looks = liveOwner(dataDir) === undefined ? looks + 1 : 0
      const runsAt = looks === 0 ? movedFrom(dataDir, port) : undefined
      if (runsAt !== undefined && runsAt !== said)
        log.error(
          { port, runsAt },
          'the embedded PostgreSQL now runs on another port; restart this process, which cannot reach it',
        )
      said = runsAt
      if (looks < LOOKS) return
      clearInterval(this.#watch)
      log.warn({ port }, 'the process that ran the embedded PostgreSQL ended; starting it here')
      this.#revive(port)
    }, LOOK_MS)
    this.#watch.unref()
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    clearInterval(this.#watch)
    await this.#reviving
    await this.#server?.stop()
  }

  #crashed(port: number, said: string): void {
    this.#server = undefined
    this.#options.log.error({ said }, 'the embedded PostgreSQL ended by itself; starting it again')
    this.#revive(port)
  }

  #revive(port: number): void {
    this.#reviving = this.#tryUntilUp(port)
  }

  /** Pools report `Unavailable` meanwhile. */
  async #tryUntilUp(port: number): Promise<void> {
    const { start, log } = this.#options
    const { signal } = this.#ending
    for (let tries = 0; ; tries++) {
      const pauseMs = PAUSES_MS[tries] ?? LATER_MS
      await timers.setTimeout(pauseMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      try {
        this.#server = await start(port, (said) => this.#crashed(port, said))
        log.warn({ port }, 'the embedded PostgreSQL is back')
        return
      } catch (error) {
        if (error instanceof DataDirectoryInUse) {
          log.info({}, `${error.message}; using it`)
          this.join(error.dataDir, port)
          return
        }
        log.error({ err: error, tries: tries + 1 }, 'the embedded PostgreSQL does not start again')
      }
    }
  }
}
