// The one clock. Business code asks the injected clock for instants; leases and locks use the database's own clock instead,
// because two processes' clocks differ and a lease decided by the wrong one loses money.

/** Source of wall-clock time in milliseconds since the epoch, UTC. */
export interface Clock {
  now(): number
}

/** ISO 8601 text of an instant, UTC, milliseconds. */
export const isoInstant = (ms: number): string => new Date(ms).toISOString()

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
