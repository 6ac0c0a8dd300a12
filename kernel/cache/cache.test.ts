import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import Type from 'typebox'
import { silentLog } from '../observability/log.ts'
import type { Interaction } from '../pure/interaction.ts'
import { Context, serviceCaller } from '../service/context.ts'
import type { Tx } from '../service/tx.ts'
import { testClock } from '../testing/clock.ts'
import { testIds } from '../testing/ids.ts'
import { needs } from '../testing/real.ts'
import { type RedisServer, startRedis } from '../testing/servers/redis.ts'
import { type CacheMake, openCache, type ReadOutcome, type Space } from './cache.ts'
import { inProcessMake } from './in-process.ts'
import { Redis } from './redis.ts'
import { redisMake } from './redis-make.ts'

const Lamp = Type.Object({ name: Type.String(), watts: Type.Integer() })
type Lamp = { name: string; watts: number }

const recorded: Interaction[] = []
const clock = testClock()
const env = {
  clock,
  ids: testIds(),
  log: silentLog,
  recorder: { record: (interactions: readonly Interaction[]) => recorded.push(...interactions) },
}
const contextOf = (flow: string): Context =>
  new Context(env, {
    ...{ service: 'lamps', participant: 'LampSvc', flow },
    caller: serviceCaller('lamps'),
  })

/** A transaction that is committed at once, as far as a cache can see. */
const committed = (ctx: Context): Tx => ({ ctx, onCommit: (effect: () => void) => effect() }) as Tx

interface Opened {
  readonly lamps: Space<Lamp>
  readonly reads: ReadOutcome[]
  /** The truth, and how often it was asked. */
  readonly truth: { lamp: Lamp | undefined; asked: number }
  readonly read: () => Promise<Lamp | undefined>
  readonly change: (lamp: Lamp) => void
}

/** The cache as a process has it. */
function openLamps(make: CacheMake, truth: Opened['truth']): Opened {
  const reads: ReadOutcome[] = []
  const cache = openCache({
    make,
    log: silentLog,
    onRead: (_space, outcome) => reads.push(outcome),
  })
  const lamps = cache.space({ name: 'lamps.lamp', schema: Lamp, ttlMs: 60_000, drawn: true })
  const load = async (): Promise<Lamp | undefined> => {
    truth.asked += 1
    return truth.lamp
  }
  return {
    lamps,
    reads,
    truth,
    read: () => lamps.through('hall', load),
    change(lamp) {
      truth.lamp = lamp
      lamps.dropWith(committed(contextOf('')), 'hall')
    },
  }
}

/** Two processes: with Redis they are two connections, without one they are one, because there is no other way to know. */
type Processes = (t: TestContext) => Promise<readonly [CacheMake, CacheMake] | undefined>

const inOne: Processes = async () => {
  const make = inProcessMake({ clock })
  const store = make.store('lamps.lamp')
  const same: CacheMake = { ...make, store: () => store }
  return [same, same]
}

async function connect(t: TestContext, server: RedisServer, deadlineMs = 2_000): Promise<Redis> {
  const redis = await Redis.open({ url: server.url, prefix: 'test', log: silentLog, deadlineMs })
  t.after(() => redis.close())
  while (!redis.isHere) await turn()
  return redis
}

const overRedis: Processes = async (t) => {
  const program = needs(t, 'redis')
  if (program === undefined) return undefined
  const server = await startRedis(program)
  t.after(() => server.stop())
  const two = await Promise.all([connect(t, server), connect(t, server)])
  return [redisMake(two[0]), redisMake(two[1])]
}

const HALL = { name: 'hall', watts: 40 }
const BRIGHT = { name: 'hall', watts: 60 }

for (const [where, processes] of [
  ['in process', inOne],
  ['redis', overRedis],
] as const)
  describe(`cache ${where}`, () => {
    test('what was read – is not asked for again, by either process, until it is dropped by either', async (t) => {
      const makes = await processes(t)
      if (makes === undefined) return
      const truth = { lamp: HALL, asked: 0 }
      const [one, two] = [openLamps(makes[0], truth), openLamps(makes[1], truth)]
      assert.deepEqual([await one.read(), await two.read(), await one.read()], [HALL, HALL, HALL])
      assert.equal(truth.asked, 1)
      two.change(BRIGHT)
      assert.deepEqual([await two.read(), await one.read(), truth.asked], [BRIGHT, BRIGHT, 2])
      assert.deepEqual(
        [one.reads, two.reads],
        [
          ['miss', 'hit', 'hit'],
          ['hit', 'miss'],
        ],
      )
    })

    test('a change while something is loaded – the load before it is not kept', async (t) => {
      const makes = await processes(t)
      if (makes === undefined) return
      const truth = { lamp: HALL, asked: 0 }
      const [one, two] = [openLamps(makes[0], truth), openLamps(makes[1], truth)]
      const loading = Promise.withResolvers<void>()
      const change = Promise.withResolvers<void>()
      const slow = one.lamps.through('hall', async () => {
        const found = truth.lamp
        loading.resolve()
        await change.promise
        return found
      })
      await loading.promise
      two.change(BRIGHT)
      // The drop went ahead of this read on the same connection.
      assert.deepEqual(await two.read(), BRIGHT)
      change.resolve()
      assert.deepEqual(await slow, HALL)
      assert.deepEqual(await one.read(), BRIGHT)
    })

    test('nothing there, and what does not fit – is given to who asked and not kept', async (t) => {
      const makes = await processes(t)
      if (makes === undefined) return
      const truth: Opened['truth'] = { lamp: undefined, asked: 0 }
      const { read, lamps } = openLamps(makes[0], truth)
      assert.deepEqual([await read(), await read(), truth.asked], [undefined, undefined, 2])
      const odd = { name: 'hall', watts: 0.5 }
      assert.deepEqual(await lamps.through('hall', async () => odd), odd)
      truth.lamp = HALL
      assert.deepEqual(await read(), HALL)
    })

    test('renewed – is what is read from now on; it is drawn where it belongs to a flow', async (t) => {
      const makes = await processes(t)
      if (makes === undefined) return
      const { read, lamps, truth } = openLamps(makes[0], { lamp: HALL, asked: 0 })
      await read()
      const ctx = contextOf('flow-1')
      await lamps.renew(ctx, 'hall', async () => BRIGHT)
      assert.deepEqual([await read(), truth.asked], [BRIGHT, 1])
      lamps.dropWith(committed(ctx), 'hall')
      recorded.length = 0
      ctx.end()
      assert.deepEqual(
        recorded.map(({ from, to, kind, name, outcome }) => [from, to, kind, name, outcome]),
        [
          ['LampSvc', 'Redis', 'call', 'put lamps.lamp', 'ok'],
          ['Redis', 'LampSvc', 'reply', 'put lamps.lamp', 'ok'],
          ['LampSvc', 'Redis', 'call', 'drop lamps.lamp', 'ok'],
        ],
      )
      assert.equal(recorded[1]?.parent, recorded[0]?.id)
    })
  })

test('cache in process – an entry – lives for its time, at most as long as others may write untold, and the oldest goes first', async () => {
  const read = async (ttlMaxMs: number | undefined, afterMs: number): Promise<number> => {
    const truth = { lamp: HALL, asked: 0 }
    const lamps = openLamps(inProcessMake({ clock, ttlMaxMs }), truth)
    await lamps.read()
    clock.advance(afterMs)
    await lamps.read()
    return truth.asked
  }
  assert.deepEqual(await Promise.all([read(undefined, 59_999)]), [1])
  assert.deepEqual([await read(undefined, 60_000), await read(2_000, 1_999)], [2, 1])
  assert.equal(await read(2_000, 2_000), 2)
  const { lamps } = openLamps(inProcessMake({ clock, entriesMax: 2 }), { lamp: HALL, asked: 0 })
  const loaded: string[] = []
  const ask = (key: string) =>
    lamps.through(key, async () => {
      loaded.push(key)
      return HALL
    })
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await ask(key)
  assert.deepEqual(loaded, ['a', 'b', 'c', 'b'])
})
