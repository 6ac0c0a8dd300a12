// An access token lives ten minutes and is verified once; that its session was ended meanwhile must be known at once. Asking the
// database at every request would cost more than the rest of it, so each process keeps the few sessions ended within the life of a
// token, and a request costs one look into a set. This process learns of them from its own commits, other processes' from the
// table every second, and all of them when it starts: before that it does not listen. Where processes share a cache, whoever has
// committed one hints to the others, which look at once; the table stays the truth, and a lost hint costs that second.

import { authProblems } from '@rialto/kernel/auth/problems.ts'
import type { Verified, Verifier } from '@rialto/kernel/auth/verifier.ts'
import type { Cache } from '@rialto/kernel/cache/cache.ts'
import { openQuery } from '@rialto/kernel/db/query.ts'
import type { Logger } from '@rialto/kernel/observability/log.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { type Clock, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import type { BuildInput } from '@rialto/kernel/service/service.ts'
import { type EndedSession, selectEndedSessions } from '../store.ts'

/** An access token's ten minutes, and what clocks may differ. */
export const REMEMBERED_MS = 15 * MINUTE
const LOOK_MS = SECOND
const HINT = 'gateway.sessions'

interface Deps {
  readonly pool: BuildInput['pool']
  readonly clock: Clock
  readonly log: Logger
  readonly cache: Pick<Cache, 'tell' | 'hear'>
}

export class EndedSessions {
  readonly #deps: Deps
  readonly #ended = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #unhear: () => void = () => undefined
  #looking: Promise<void> | undefined
  #again = false
  /** Told of each session that is new here. */
  onEnd: (session: EndedSession) => void = () => undefined

  constructor(deps: Deps) {
    this.#deps = deps
  }

  has(sessionId: string | undefined): boolean {
    return sessionId !== undefined && this.#ended.has(sessionId)
  }

  add(sessions: readonly EndedSession[]): void {
    for (const session of sessions) {
      if (this.#ended.has(session.session_id)) continue
      this.#ended.set(session.session_id, session.ended_at)
      this.onEnd(session)
    }
  }

  /** What this process has committed itself; the others look for it. */
  commit(sessions: readonly EndedSession[]): void {
    this.add(sessions)
    this.#deps.cache.tell(HINT)
  }

  /** Reads what other processes know, now, from time to time, and when they hint. */
  async open(lookMs = LOOK_MS): Promise<void> {
    await this.look()
    const look = (): void => this.#lookSoon()
    this.#unhear = this.#deps.cache.hear(HINT, look)
    this.#timer = setInterval(look, lookMs).unref()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#unhear()
  }

  /** One look at a time; what was hinted meanwhile is in the next. */
  #lookSoon(): void {
    this.#again = this.#looking !== undefined
    this.#looking ??= this.look()
      .catch((error: unknown) =>
        this.#deps.log.warn({ err: error }, 'ended sessions cannot be read now'),
      )
      .finally(() => {
        this.#looking = undefined
        if (this.#again) this.#lookSoon()
      })
  }

  /** Reads all that count, a handful: what was committed late has an early time. */
  async look(): Promise<void> {
    const sinceMs = this.#deps.clock.now() - REMEMBERED_MS
    this.add(await openQuery(this.#deps.pool, selectEndedSessions(sinceMs)))
    for (const [id, endedAtMs] of this.#ended) if (endedAtMs < sinceMs) this.#ended.delete(id)
  }
}

/** The verifier, that knows of ended sessions too. */
export function knowing(ended: EndedSessions, verifier: Verifier): Verifier {
  const check = (one: Verified): Verified => {
    if (ended.has(one.caller.session)) throw new Problem(authProblems.session_ended)
    return one
  }
  return {
    inspect: async (token) => check(await verifier.inspect(token)),
    verify: async (token) => check(await verifier.inspect(token)).caller,
    authenticate: async (headers) => {
      const caller = await verifier.authenticate(headers)
      if (ended.has(caller.session)) throw new Problem(authProblems.session_ended)
      return caller
    },
    get remembered() {
      return verifier.remembered
    },
  }
}
