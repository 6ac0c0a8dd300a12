// Operational failures, as opposed to refusals (Problem) and bugs (anything else). Handlers and jobs throw them to say how
// the kernel shall go on; the worse mistake is to treat "no answer" as "no", so unknown errors count as retryable.

/** Try again later. Spends an attempt. */
export class Retryable extends Error {
  readonly afterMs: number | undefined
  /** By which people find it among the dead letters, if it does not pass. */
  readonly code: string | undefined
  constructor(message: string, options: { afterMs?: number; code?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'Retryable'
    this.afterMs = options.afterMs
    this.code = options.code
  }
}

/** Never try again: goes straight to the dead letters. */
export class Terminal extends Error {
  readonly code: string
  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'Terminal'
    this.code = code
  }
}

/** Something we depend on is down. The consumer pauses and spends no attempt. */
export class Unavailable extends Error {
  /** `unknown`: it was lost while it may have been doing the work, so the work may be done. */
  readonly outcome: 'nothing' | 'unknown'
  constructor(message: string, options: { cause?: unknown; outcome?: 'nothing' | 'unknown' } = {}) {
    super(message, { cause: options.cause })
    this.name = 'Unavailable'
    this.outcome = options.outcome ?? 'nothing'
  }
}

/**
 * What we depend on answered, but that something is wrong with it there. To whoever waits for us that is as good as no answer. To
 * consumers and jobs it is not: what they ask for may be what breaks it, each time.
 */
export class Broken extends Unavailable {}

/** Something is down, whoever asks and for whatever: it is waited for and spends no attempt. */
export const isOutage = (error: unknown): boolean =>
  error instanceof Unavailable && !(error instanceof Broken)
