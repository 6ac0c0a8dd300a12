// The orderly end of a process: say "not ready", take nothing new, finish what was taken, close
// what was open. Every step of a phase runs at the same time, phases one after the other, and a
// failing step stops no other. After the deadline, or at a second signal, the process ends as it
// is: that is safe, since a kill at any moment is, and better than hanging in a rollout.

import type { Logger } from '../observability/log.ts'
import { failpoint } from '../testing/failpoint.ts'

/**
 * In this order: `unready` answers probes with 503, `stop` takes nothing new, `finish` waits for
 * work, `close` lets go.
 */
export const DRAIN_PHASES = ['unready', 'stop', 'finish', 'close'] as const
export type DrainPhase = (typeof DRAIN_PHASES)[number]

export interface DrainOptions {
  readonly log: Logger
  readonly deadlineMs?: number
  /** Time that passes before anything is ended; the deadline comes so much later. */
  readonly afterMs?: number
  /** Ends the process; tests give their own. */
  readonly exit?: (code: number) => void
}

export interface Drain {
  /** Adds a step; later ones of a phase are not later in time. */
  add(phase: DrainPhase, name: string, step: () => Promise<unknown> | unknown): void
  /**
   * Runs all phases once, and answers whether all went well and in time. Further calls get the same
   * answer.
   */
  run(reason: string): Promise<boolean>
  /**
   * From now on SIGTERM and SIGINT drain and exit; a second one exits at once. Answers how to undo
   * that.
   */
  listen(): () => void
  readonly draining: boolean
}

interface Step {
  readonly phase: DrainPhase
  readonly name: string
  readonly step: () => Promise<unknown> | unknown
}

/** Longer than the steps one after the other: requests at hand have 10 s, which may wait for a provider, and jobs at hand 10 s. */
const DEADLINE_MS = 25_000
/** What a shell reports for a process ended by the signal. */
const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const

/** Runs all phases; `running` names the steps that have not ended, for the one who waits. */
async function runPhases(
  steps: readonly Step[],
  running: Set<string>,
  log: Logger,
): Promise<boolean> {
  const runStep = async ({ phase, name, step }: Step): Promise<boolean> => {
    const label = `${phase} ${name}`
    running.add(label)
    try {
      await step()
      return true
    } catch (error) {
      log.error({ step: label, err: error }, 'shutdown step failed')
      return false
    } finally {
      running.delete(label)
    }
  }
  let well = true
  for (const phase of DRAIN_PHASES) {
    const results = await Promise.all(steps.filter((step) => step.phase === phase).map(runStep))
    well &&= results.every((ok) => ok)
    if (phase === 'unready') await failpoint('shutdown.draining')
  }
  return well
}

/** Prepares the end of this process. */
export function drain(options: DrainOptions): Drain {
  const { log, afterMs = 0 } = options
  const deadlineMs = (options.deadlineMs ?? DEADLINE_MS) + afterMs
  const exit = options.exit ?? ((code: number) => process.exit(code))
  const steps: Step[] = []
  const running = new Set<string>()
  let ending: Promise<boolean> | undefined

  const run = async (reason: string): Promise<boolean> => {
    const startedAt = performance.now()
    log.info({ reason, deadlineMs }, 'shutting down')
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<false>((resolve) => {
      timer = setTimeout(() => {
        log.error({ still: [...running] }, 'shutdown deadline passed')
        resolve(false)
      }, deadlineMs)
    })
    const phases = runPhases(steps, running, log)
    const well = await Promise.race([phases, tooLate]).finally(() => clearTimeout(timer))
    log.info({ tookMs: Math.round(performance.now() - startedAt), well }, 'shut down')
    return well
  }

  const drainOnce = (reason: string): Promise<boolean> => {
    ending ??= run(reason)
    return ending
  }

  return {
    add: (phase, name, step) => {
      steps.push({ phase, name, step })
    },
    run: drainOnce,
    listen: () => {
      const onSignal = (signal: keyof typeof SIGNAL_CODES): void => {
        if (ending !== undefined) {
          log.warn({ signal, still: [...running] }, 'second signal, ending at once')
          exit(SIGNAL_CODES[signal])
          return
        }
        drainOnce(signal).then(
          (well) => exit(well ? 0 : 1),
          (error: unknown) => {
            log.error({ err: error }, 'shutdown failed')
            exit(1)
          },
        )
      }
      process.on('SIGTERM', onSignal)
      process.on('SIGINT', onSignal)
      return () => {
        process.off('SIGTERM', onSignal)
        process.off('SIGINT', onSignal)
      }
    },
    get draining() {
      return ending !== undefined
    },
  }
}
