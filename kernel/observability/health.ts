// Whether this process should be restarted (live) and whether it should get requests (ready). They
// differ on purpose: a process whose database is away is not ready, but restarting it would help
// nobody and lose what it is doing. A check that does not answer in time counts as failed, so that
// a probe never hangs with what it probes. Whoever asks within a second shares an answer: what is probed answers as often as it
// can, also to strangers, and must not have its connections taken by that.

/** Resolves when all is well; a rejection's message is the reason shown. */
export type Check = () => Promise<void> | void

export interface CheckResult {
  readonly name: string
  readonly ok: boolean
  readonly ms: number
  readonly reason?: string
}

export interface HealthAnswer {
  readonly status: 200 | 503
  readonly body: {
    readonly status: 'live' | 'ready' | 'not_ready'
    readonly checks: readonly CheckResult[]
  }
}

export interface CheckOptions {
  /** Its failure is told and takes this process out of the rota only while this says so; always unless given. */
  readonly holds?: () => boolean
}

export interface Health {
  add(name: string, check: Check, options?: CheckOptions): void
  /**
   * From now on not ready, whatever the checks say: starting, or shutting down. `undefined` lifts
   * it.
   */
  hold(reason: string | undefined): void
  /** `/health/live`: answering at all is the answer. */
  live(): HealthAnswer
  /** `/health/ready`: all checks, at the same time, with reasons; those of a moment ago to whoever asks again. */
  ready(): Promise<HealthAnswer>
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

async function run(name: string, check: Check, timeoutMs: number): Promise<CheckResult> {
  const startedAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  })
  const took = (): number => Math.round(performance.now() - startedAt)
  try {
    await Promise.race([Promise.resolve().then(check), tooLong])
    return { name, ok: true, ms: took() }
  } catch (error) {
    return { name, ok: false, ms: took(), reason: reasonOf(error) }
  } finally {
    clearTimeout(timer)
  }
}

const SHARED_MS = 1_000

interface HealthOptions {
  readonly timeoutMs?: number
  /** For so long what the checks said is said again. */
  readonly sharedMs?: number
}

/** Starts held as `starting`: the host lifts that when everything runs. */
export function health({ timeoutMs = 1_000, sharedMs = SHARED_MS }: HealthOptions = {}): Health {
  const checks = new Map<string, { readonly check: Check } & CheckOptions>()
  let held: string | undefined = 'starting'
  let last: Promise<CheckResult[]> | undefined
  let staleAt = 0
  const runAll = async (): Promise<CheckResult[]> => {
    const running = [...checks].map(([name, { check }]) => run(name, check, timeoutMs))
    const results = await Promise.all(running)
    staleAt = performance.now() + sharedMs
    return results
  }
  const resultsNow = (): Promise<CheckResult[]> => {
    if (last === undefined || performance.now() >= staleAt) {
      staleAt = Number.POSITIVE_INFINITY
      last = runAll()
    }
    return last
  }
  return {
    add: (name, check, holding = {}) => {
      if (checks.has(name)) throw new Error(`health check ${name} is registered twice`)
      checks.set(name, { check, ...holding })
      last = undefined
    },
    hold: (reason) => {
      held = reason
    },
    live: () => ({ status: 200, body: { status: 'live', checks: [] } }),
    ready: async () => {
      const results = [...(await resultsNow())]
      if (held !== undefined) results.unshift({ name: 'process', ok: false, ms: 0, reason: held })
      const ok = results.every(({ name, ok }) => ok || checks.get(name)?.holds?.() === false)
      return {
        status: ok ? 200 : 503,
        body: { status: ok ? 'ready' : 'not_ready', checks: results },
      }
    },
  }
}
