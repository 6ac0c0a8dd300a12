// What a process keeps of others' work and of its callers: its cache and its counts, in its own memory, or in Redis together with
// all other processes. Business code cannot tell which. Nothing kept here is needed for a right answer.

import type { Limits } from '../http/limits.ts'
import { limitsHere, limitsTogether } from '../http/limits.ts'
import type { KernelMetrics } from '../observability/figures.ts'
import type { Logger } from '../observability/log.ts'
import { type Clock, SECOND } from '../pure/time.ts'
import { type Cache, openCache, type ReadOutcome } from './cache.ts'
import { inProcessMake } from './in-process.ts'
import { Redis, type RedisOptions } from './redis.ts'
import { redisMake } from './redis-make.ts'

/** So late another process's change may be seen where nobody tells of it. */
const UNTOLD_MS = 2 * SECOND

export interface Keeping {
  readonly cache: Cache
  readonly limits: Limits
}

export interface KeepingOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Absent: in this process. */
  readonly redis?: Pick<RedisOptions, 'url' | 'prefix' | 'deadlineMs'> | undefined
  /** No other process writes to the database. */
  readonly isAlone: boolean
  readonly figures?: Pick<KernelMetrics, 'cacheReads' | 'redisFailures' | 'redisReached'>
}

export interface OpenKeeping extends Keeping {
  /** Throws why Redis is not used; absent where there is none. */
  readonly check: (() => void) | undefined
  close(): Promise<void>
}

/** In this process's memory; for tests, and wherever there is nothing to set. */
export const keepingHere = (clock: Clock, log: Logger): Keeping => ({
  cache: openCache({ make: inProcessMake({ clock }), log }),
  limits: limitsHere,
})

/** Opens them. Redis need not be there yet. */
export async function openKeeping(options: KeepingOptions): Promise<OpenKeeping> {
  const { clock, log, figures, isAlone } = options
  const onRead = (space: string, outcome: ReadOutcome): void =>
    figures?.cacheReads.add({ space, outcome })
  if (options.redis === undefined) {
    const make = inProcessMake({ clock, ttlMaxMs: isAlone ? undefined : UNTOLD_MS })
    const cache = openCache({ make, log, onRead })
    return { cache, limits: limitsHere, check: undefined, close: async () => undefined }
  }
  const { prefix } = options.redis
  const onTurn = (isHere: boolean): void => figures?.redisReached.set({ prefix }, isHere ? 1 : 0)
  onTurn(false)
  const redis = await Redis.open({
    ...options.redis,
    log,
    onTurn,
    onFailed: (why) => figures?.redisFailures.add({ why }),
  })
  return {
    cache: openCache({ make: redisMake(redis), log, onRead }),
    limits: limitsTogether(redis),
    check: () => redis.check(),
    close: () => redis.close(),
  }
}
