// The connection to a real Redis that is killed, frozen, locked and encrypted under its users. None of them waits for it.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import tls from 'node:tls'
import Type from 'typebox'
import { limitsTogether } from '../http/limits.ts'
import { silentLog } from '../observability/log.ts'
import { Problem, problems } from '../pure/problem.ts'
import type { Tx } from '../service/tx.ts'
import { testAuthority } from '../testing/certificates.ts'
import { needs } from '../testing/real.ts'
import { type RedisServer, type RedisServerOptions, startRedis } from '../testing/servers/redis.ts'
import { openCache, type ReadOutcome } from './cache.ts'
import { Redis, type RedisOptions } from './redis.ts'
import { redisMake } from './redis-make.ts'

const { rate_limited: kind } = problems('test', { rate_limited: [429, 'Too many', 'Wait.'] })
const PATIENCE_MS = 20_000
/** Longer than a busy machine stalls. */
const DEADLINE_MS = 1_000

async function open(
  t: TestContext,
  options?: RedisServerOptions,
): Promise<RedisServer | undefined> {
  const program = needs(t, 'redis')
  if (program === undefined) return undefined
  const server = await startRedis(program, options)
  t.after(() => server.stop())
  return server
}

async function connect(t: TestContext, url: string, more: Partial<RedisOptions> = {}) {
  const redis = await Redis.open({
    ...{ url, prefix: 'test', log: silentLog, deadlineMs: DEADLINE_MS, ...more },
  })
  t.after(() => redis.close())
  return redis
}

/** One that is used already. */
async function connectNow(t: TestContext, { url }: RedisServer, more: Partial<RedisOptions> = {}) {
  const redis = await connect(t, url, more)
  await until('redis is used', () => redis.isHere)
  return redis
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const late = performance.now() + PATIENCE_MS
  while (!(await isSo())) {
    if (performance.now() > late) throw new Error(`waited in vain: ${what}`)
    await turn()
  }
}

/** A process that reads one thing through its cache and counts its reads, again and again. */
function openReader(redis: Redis, truth: { now: number }) {
  const reads: ReadOutcome[] = []
  const cache = openCache({
    make: redisMake(redis),
    log: silentLog,
    onRead: (_, o) => reads.push(o),
  })
  const space = cache.space({ name: 'test.clock', schema: Type.Integer(), ttlMs: 60_000 })
  const limit = limitsTogether(redis)('reads', { points: 1_000_000, seconds: 600, kind })
  const read = async (): Promise<number> => {
    await limit.consume('reader')
    return space.through('time', async () => truth.now)
  }
  let working: Promise<void> | undefined
  let stopped = false
  return {
    reads,
    read,
    /** What is true now, given to its reader only when `end` resolves. */
    readSlowly(end: Promise<void>): Promise<number> {
      const load = async (found: number): Promise<number> => {
        await end
        return found
      }
      return space.through('time', () => load(truth.now))
    },
    change(value: number) {
      truth.now = value
      const tx = { onCommit: (effect: () => void) => effect() } as Tx
      space.dropWith(tx, 'time')
    },
    /** Reads until it is stopped; fails as soon as one read does. */
    start() {
      const work = async (): Promise<void> => {
        while (!stopped) {
          await read()
          await turn()
        }
      }
      working = work()
    },
    stop(): Promise<void> {
      stopped = true
      return working ?? Promise.resolve()
    },
  }
}

test('redis – killed and started again under its readers – fails no read, and forgets what changed while it was away', async (t) => {
  const server = await open(t)
  if (server === undefined) return
  const truth = { now: 1 }
  const [first, second] = [await connectNow(t, server), await connectNow(t, server)]
  const [one, two] = [openReader(first, truth), openReader(second, truth)]
  const all = [one, two]
  for (const reader of all) reader.start()
  t.after(() => Promise.all(all.map((reader) => reader.stop())))
  const have = (outcome: ReadOutcome) => () =>
    all.every(({ reads }) => reads.filter((read) => read === outcome).length > 50)
  await until('reads are answered from the cache', have('hit'))

  await server.killHard()
  await until('reads are answered without it', have('error'))
  assert.throws(() => first.check(), /^Error: down, going on without$/)
  // By a process that ends before it could tell of it.
  const third = await connect(t, server.url)
  openReader(third, truth).change(2)
  await third.close()
  assert.deepEqual([await one.read(), await two.read()], [2, 2])

  // It comes back with what it had written down: the entry from before the change.
  await server.restart()
  await until('both use it again', () => first.isHere && second.isHere)
  assert.deepEqual([await one.read(), await two.read()], [2, 2])
  for (const { reads } of all) reads.length = 0
  await until('reads are answered from the cache again', have('hit'))
  await Promise.all(all.map((reader) => reader.stop()))
})

test('redis – away while something is loaded that changes meanwhile – the load is not kept', async (t) => {
  const server = await open(t)
  if (server === undefined) return
  const truth = { now: 1 }
  const redis = await connectNow(t, server)
  const reader = openReader(redis, truth)
  const end = Promise.withResolvers<void>()
  const slow = reader.readSlowly(end.promise)
  await until('it is loading', () => reader.reads.length === 1)
  await server.killHard()
  truth.now = 2
  await server.restart()
  await until('it is used again', () => redis.isHere && redis.lives === 2)
  end.resolve()
  assert.deepEqual([await slow, await reader.read()], [1, 2])
})

test('redis – frozen with its connections open – is out of use after one deadline; a drop that got lost is made up for first', async (t) => {
  const server = await open(t)
  if (server === undefined) return
  const failed: string[] = []
  const truth = { now: 1 }
  const redis = await connectNow(t, server, { onFailed: (why) => failed.push(why) })
  const reader = openReader(redis, truth)
  assert.deepEqual([await reader.read(), await reader.read()], [1, 1])
  server.freeze()
  assert.equal(await reader.read(), 1)
  assert.equal(redis.isHere, false)
  reader.change(2)
  assert.equal(await reader.read(), 2)
  assert.deepEqual(failed.filter((why) => why === 'late').length, 1, failed.join())
  server.thaw()
  await until('it is used again', () => redis.isHere)
  reader.reads.length = 0
  assert.deepEqual([await reader.read(), await reader.read()], [2, 2])
  assert.deepEqual(reader.reads, ['miss', 'hit'])
})

test('redis – not there at the start – is gone on without, and used when it comes', async (t) => {
  const server = await open(t)
  if (server === undefined) return
  await server.killHard()
  const redis = await connect(t, server.url)
  assert.throws(() => redis.check())
  const heard: string[] = []
  redis.hear('news', () => heard.push('news'))
  const limit = limitsTogether(redis)('two', { points: 2, seconds: 600, kind })
  await limit.consume('a')
  await server.restart()
  await until('it is used', () => redis.isHere)
  // What was hinted before it could hear is lost, so it looks at once.
  assert.deepEqual(heard, ['news'])
  await limit.consume('a')
  await limit.consume('a')
  await assert.rejects(limit.consume('a'), Problem)
  await limit.forgive('a')
  await limit.consume('a')
  const other = await connectNow(t, server)
  other.tell('news')
  await until('the hint is heard', () => heard.length === 2)
  other.tell('other news')
  other.tell('news')
  await until('the next one too', () => heard.length === 3)
})

test('redis – over TLS with a password – is used by who trusts its certificate and knows the word, and by nobody else', async (t) => {
  const authority = testAuthority(t)
  const signed = authority.sign('IP:127.0.0.1')
  const server = await open(t, { tls: signed, password: 'open sésame' })
  if (server === undefined) return
  const isUsed = async (url: string): Promise<boolean> => (await connect(t, url)).isHere
  assert.equal(await isUsed(server.url), false)
  const known = tls.getCACertificates('default')
  tls.setDefaultCACertificates([...known, authority.text])
  t.after(() => tls.setDefaultCACertificates(known))
  await connectNow(t, server)
  assert.equal(await isUsed(server.url.replace(/:[^:@]+@/, ':wrong@')), false)
})
