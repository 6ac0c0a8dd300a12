// The same apart: every process goes on without Redis by itself, and all come back to it.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { startRedis } from '@rialto/kernel/testing/servers/redis.ts'
import { demoPurchase } from 'rialto/demo/purchase.ts'
import { readinessOf } from 'rialto/separate/fleet.ts'
import { until } from '../faults/purchase/shop.ts'
import { gamesOf } from '../flows/shopper.ts'
import { underLoad } from '../separate/load.ts'
import { full, openSeparate, type Separate } from '../separate/surroundings.ts'

const ROUNDS = full ? 3 : 1
const PURCHASES = full ? 6 : 2

/** What each process says of Redis, and that it takes requests all the same. */
async function saidOf({ fleet }: Separate): Promise<Set<string>> {
  const said = await Promise.all(fleet.members.map((member) => readinessOf(member.internalUrl)))
  return new Set(
    said.map((one) => {
      const { ok, reason = 'silent' } = one?.checks.find(({ name }) => name === 'redis') ?? {}
      return `${one?.status}: ${ok === true ? 'used' : reason}`
    }),
  )
}

const cleanups: (() => Promise<void> | void)[] = []
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

test('redis – killed under separate processes and started again – costs no request; a purchase conforms with it', {
  timeout: 900_000,
}, async (t) => {
  const program = needs(t, 'redis')
  if (program === undefined) return
  const server = await startRedis(program)
  cleanups.push(() => server.stop())
  const scene = { after: (cleanup: unknown) => void cleanups.push(cleanup as () => void) }
  const separate = await openSeparate(scene, 'log', { REDIS_URL: server.url })
  const { fleet } = separate
  const say = async (word: string): Promise<void> => {
    const all = async () => [...(await saidOf(separate))].join() === `ready: ${word}`
    await until(`every process says ${word}`, all)
  }
  await say('used')
  const stage = { url: fleet.url, now: () => systemClock.now(), say: () => undefined }
  const { verdict, deviations } = await demoPurchase(stage, { method: 'card', outcome: 'ok' })
  assert.equal(verdict, 'conforms', JSON.stringify(deviations))

  const [game = ''] = await gamesOf(fleet.url)
  const load = await underLoad(separate, { buyers: 2, game }, async (so) => {
    const more = async (): Promise<void> => {
      const enough = so.bought + PURCHASES
      await until('people buy', async () => so.failures.length > 0 || so.bought >= enough)
      assert.deepEqual(so.failures, [], fleet.words)
    }
    for (let round = 0; round < ROUNDS; round++) {
      await more()
      await server.killHard()
      await more()
      await say('down, going on without')
      await server.restart()
      await say('used')
    }
    await more()
  })
  assert.deepEqual(load.failures, [], fleet.words)
  t.diagnostic(`${load.requests} requests, ${load.bought} bought, ${ROUNDS} kills of Redis`)
  await fleet.stop()
})
