// How often one client may ask. Counted in this process's memory, or in Redis by all processes together; while Redis does not
// answer each counts for itself, from nothing: for that time a client may ask as often as there are processes, and nobody is
// refused for want of a count. The refusal says when to come back. A limiter guards the platform, never correctness: losing its
// counts in a crash costs nothing.

import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Redis } from '../cache/redis.ts'
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
  /** Takes one request back that came to nothing, and not by its sender's doing. */
  giveBack(key: string): Promise<void>
  /** Forgets what this key has used, such as wrong passwords after the right one. */
  forgive(key: string): Promise<void>
}

/** Opens a limiter. Those of one name share their counts where processes do. */
export type Limits = (name: string, options: LimitOptions) => Limiter

/** What of the driver counting needs, each command within its deadline. */
const storeOf = (redis: Redis) => ({
  eval: (script: string, how: { keys: string[]; arguments: string[] }) =>
    redis.run((client) => client.eval(script, how)),
  del: (key: string) => redis.run((client) => client.del(key)),
})

type Counters = RateLimiterMemory | RateLimiterRedis

function limiterOn(counters: Counters, { points, seconds, kind }: LimitOptions): Limiter {
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
    giveBack: async (key) => {
      await counters.reward(key, 1)
    },
    forgive: async (key) => {
      await counters.delete(key)
    },
  }
}

const inMemory = ({ points, seconds }: LimitOptions): RateLimiterMemory =>
  new RateLimiterMemory({ points, duration: seconds })

/** Counts in this process. Limiters share nothing, even of one name. */
export const limitsHere: Limits = (_name, options) => limiterOn(inMemory(options), options)

/** Counts in Redis; in this process while Redis does not answer. */
export const limitsTogether = (redis: Redis): Limits => {
  const storeClient = storeOf(redis)
  return (name, options) =>
    limiterOn(
      new RateLimiterRedis({
        storeClient,
        // Without this it takes our client for another driver's, and never asks it.
        useRedisPackage: true,
        keyPrefix: redis.name('limit', name),
        points: options.points,
        duration: options.seconds,
        insuranceLimiter: inMemory(options),
      }),
      options,
    )
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
