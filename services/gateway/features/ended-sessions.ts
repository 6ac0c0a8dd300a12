// An access token lives ten minutes and is verified once; that its session was ended meanwhile must be known at once. Asking the
// database at every request would cost more than the rest of it, so each process keeps the few sessions ended within the life of a
// token, and a request costs one look into a set. This process learns of them from its own commits, other processes' from the
// table every second, and all of them when it starts: before that it does not listen.

import { authProblems } from '@rialto/kernel/auth/problems.ts'
import type { Verified, Verifier } from '@rialto/kernel/auth/verifier.ts'
import { openQuery } from '@rialto/kernel/db/query.ts'
import type { Logger } from '@rialto/kernel/observability/log.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { type Clock, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import type { BuildInput } from '@rialto/kernel/service/service.ts'
import { type EndedSession, selectEndedSessions } from '../store.ts'

/** An access token's ten minutes, and what clocks may differ. */
export const REMEMBERED_MS = 15 * MINUTE
const LOOK_MS = SECOND

interface Deps {
  readonly pool: BuildInput['pool']
  readonly clock: Clock
  readonly log: Logger
}

export class EndedSessions {
  readonly #deps: Deps
  readonly #ended = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
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

  /** Reads what other processes know, now and from time to time. */
  async open(lookMs = LOOK_MS): Promise<void> {
    await this.look()
    this.#timer = setInterval(() => {
      this.look().catch((error: unknown) =>
        this.#deps.log.warn({ err: error }, 'ended sessions cannot be read now'),
      )
    }, lookMs).unref()
  }

  close(): void {
    clearInterval(this.#timer)
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
