// The cache that all processes share. An entry lies beside its turn, a word that every drop changes: a reader gets both in one
// round trip, and what it loads is kept by a script that compares the turn. Entries are named after the run of the server, so
// that one which was restarted starts empty, whatever it wrote to its disk: a drop may have been missed while it was away. A drop
// that did not get through keeps this process from using Redis until it did. What remains: a process cut off from a Redis which
// the others still reach leaves there what it changed, until it is back or the entry's time is over.

import { randomBytes } from 'node:crypto'
import { Unavailable } from '../pure/failure.ts'
import type { CacheMake, CacheStore, Reading, Stand } from './cache.ts'
import type { Duty, Redis, RedisClient } from './redis.ts'

/** Longer than any load takes: a turn must not be forgotten between a reading and its write. */
const TURN_MS = 60_000
/** Of more lost drops than this the first are forgotten: what they were to drop lives out its time. */
const OWED_MAX = 10_000

const KEEP_IF_UNCHANGED = `
if (redis.call('get', KEYS[2]) or '') ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

interface RedisStand {
  readonly turn: string
  readonly life: number
}

class RedisStore implements CacheStore, Duty {
  readonly #redis: Redis
  readonly #space: string
  readonly #owed = new Set<string>()

  constructor(redis: Redis, space: string) {
    this.#redis = redis
    this.#space = space
    redis.addDuty(this)
  }

  async read(key: string): Promise<Reading> {
    const { lives: life } = this.#redis
    const [text, turn] = await this.#redis.run((client) => client.mGet(this.#places(key)))
    const stand: RedisStand = { turn: turn ?? '', life }
    return { text: text ?? undefined, stand }
  }

  async write(key: string, text: string, how: { stand: Stand; ttlMs: number }): Promise<void> {
    const { turn, life } = how.stand as RedisStand
    // A server that was away may have forgotten a turn.
    if (life !== this.#redis.lives) throw new Unavailable('redis was away while this was loaded')
    await this.#redis.run((client) =>
      client.eval(KEEP_IF_UNCHANGED, {
        keys: this.#places(key),
        arguments: [turn, text, String(how.ttlMs)],
      }),
    )
  }

  drop(keys: readonly string[]): void {
    this.#redis
      .run((client) => this.#send(client, keys))
      .catch(() => {
        this.#owe(keys)
        this.#redis.owe('a drop got lost')
      })
  }

  get isDone(): boolean {
    return this.#owed.size === 0
  }

  async work(client: RedisClient): Promise<void> {
    const keys = [...this.#owed]
    // Taken out first: one that is owed once more meanwhile is sent once more.
    this.#owed.clear()
    if (keys.length === 0) return
    try {
      await this.#send(client, keys)
    } catch (error) {
      this.#owe(keys)
      throw error
    }
  }

  #owe(keys: readonly string[]): void {
    for (const key of keys) this.#owed.add(key)
    for (const key of this.#owed) {
      if (this.#owed.size <= OWED_MAX) break
      this.#owed.delete(key)
    }
  }

  /** The entry and its turn, in one slot where the server is a cluster. */
  #places(key: string): [string, string] {
    const place = this.#redis.name('cache', this.#redis.server, `{${this.#space}:${key}}`)
    return [place, `${place}:turn`]
  }

  #send(client: RedisClient, keys: readonly string[]): Promise<unknown> {
    const batch = client.multi()
    for (const key of keys) {
      const [place, turn] = this.#places(key)
      batch.unlink(place)
      batch.set(turn, randomBytes(9).toString('base64url'), { PX: TURN_MS })
    }
    return batch.exec()
  }
}

/** Keeps entries in Redis. */
export const redisMake = (redis: Redis): CacheMake => ({
  store: (space) => new RedisStore(redis, space),
  tell: (hint) => redis.tell(hint),
  hear: (hint, heard) => redis.hear(hint, heard),
})
