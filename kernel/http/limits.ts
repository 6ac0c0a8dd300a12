// How often one client may ask. Counted in this process's memory for now; each process then allows
// the full rate, which a shared counter will narrow. The refusal says when to come back. A limiter
// guards the platform, never correctness: losing its counts in a crash costs nothing.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { Problem, type ProblemKind } from '../pure/problem.ts'

export interface LimitOptions {
  /** Requests allowed within the window. */
  readonly points: number
  /** Length of the window; it starts with a client's first request. */
  readonly seconds: number
  /** Thrown with `retryAfterSeconds` when the window is used up. */
  readonly kind: ProblemKind
}

export interface Limiter {
  /**
   * Counts one request, or `points` of them for an expensive one. Throws the problem when there are
   * too many.
   */
  consume(key: string, points?: number): Promise<void>
  /** Forgets what this key has used, such as wrong passwords after the right one. */
  forgive(key: string): Promise<void>
}

/** Opens a limiter. Limiters share nothing, even with equal options. */
export function limiter({ points, seconds, kind }: LimitOptions): Limiter {
  const counters = new RateLimiterMemory({ points, duration: seconds })
  return {
    consume: async (key, cost = 1) => {
      try {
        await counters.consume(key, cost)
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused
        const retryAfterSeconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1_000))
        throw new Problem(kind, {
          detail: `More than ${points} requests in ${seconds} s. Try again in ${retryAfterSeconds} s.`,
          retryAfterSeconds,
        })
      }
    },
    forgive: async (key) => {
      await counters.delete(key)
    },
  }
}

/**
 * The address as a limiter's key: an IPv6 client owns a whole /64, so its single addresses must not
 * count apart.
 */
export function clientKey(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped !== undefined) return mapped
  if (!ip.includes(':')) return ip
  const [head = '', tail] = (ip.split('%')[0] ?? '').toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
