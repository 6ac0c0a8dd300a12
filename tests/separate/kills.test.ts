// Random processes of the platform killed again and again while people buy: what was half-done is finished by those who live on,
// or by the next life of the dead one.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { needs } from '@rialto/kernel/testing/real.ts'
import type { Member } from 'rialto/separate/member.ts'
import { type Chance, seeded } from '../faults/log/random.ts'
import { judgeAtRest } from '../faults/purchase/judge/judge.ts'
import { Crowd } from '../faults/purchase/people/buyer.ts'
import { type Bus, full, openSeparate, type Separate } from './surroundings.ts'

const seed = Number(process.env.SEED || randomInt(2 ** 31))
/** The long proof is the one on Kafka: there more can be half-done. */
const PURCHASES = { log: full ? 150 : 12, kafka: full ? 1_000 : 12 } as const
const BUYERS = full ? 8 : 4
const KILL_EVERY_MS = full ? 15_000 : 1_500
const KILLS_MIN = { log: full ? 4 : 3, kafka: full ? 10 : 3 } as const

/** One after another until the number is bought, each by a buyer who repeats what gets no answer. */
async function shopping(crowd: Crowd, purchases: number): Promise<void> {
  let begun = 0
  const next = async (): Promise<void> => {
    while (begun < purchases) {
      begun += 1
      await crowd.buy()
    }
  }
  await Promise.all(Array.from({ length: BUYERS }, next))
}

/** Kills one of those that run and starts it again; answers whom. */
async function strike({ fleet, shop }: Separate, chance: Chance): Promise<string> {
  const victim: Member = chance.pick(fleet.members)
  const { signal } = await victim.end('SIGKILL')
  assert.equal(signal, 'SIGKILL', victim.words)
  await fleet.revive(victim)
  shop.disturbances += 1
  return victim.seat.name
}

async function live(t: TestContext, bus: Bus): Promise<void> {
  t.diagnostic(`SEED=${seed}`)
  const chance = seeded(seed)
  const separate = await openSeparate(t, bus)
  const crowd = new Crowd(separate.shop)
  const since = performance.now()
  let over = false
  const bought = shopping(crowd, PURCHASES[bus]).finally(() => {
    over = true
  })
  // Whoever waits for it hears of it; until then it is nobody's.
  bought.catch(() => undefined)
  const killed: string[] = []
  for (let due = since + KILL_EVERY_MS; !over || killed.length < KILLS_MIN[bus]; ) {
    await Promise.race([pause(Math.max(0, due - performance.now())), bought.catch(() => undefined)])
    if (over && killed.length >= KILLS_MIN[bus]) break
    due = performance.now() + KILL_EVERY_MS
    killed.push(await strike(separate, chance))
  }
  await bought
  const seconds = Math.round((performance.now() - since) / 1_000)
  const again = await crowd.askAgain()
  const { violations, ...figures } = await judgeAtRest(crowd)
  t.diagnostic(
    `${PURCHASES[bus]} purchases in ${seconds} s killed=${killed.join(',')} ${JSON.stringify(figures)} repeats=${JSON.stringify(Object.fromEntries(crowd.repeats))}`,
  )
  assert.deepEqual([...violations, ...again], [])
  assert.equal(crowd.bought.length, PURCHASES[bus])
  assert.ok(killed.length >= KILLS_MIN[bus])
  await separate.fleet.stop()
}

for (const bus of ['log', 'kafka'] as const)
  test(`kill -9 – random processes while people buy, over ${bus === 'log' ? 'the log' : 'Kafka'} – every order is fulfilled, every effect happens once`, {
    timeout: full ? 900_000 : 400_000,
  }, async (t) => {
    if (bus === 'kafka' && needs(t, 'kafka') === undefined) return
    await live(t, bus).catch((cause: unknown) => {
      throw new Error(`with SEED=${seed}`, { cause })
    })
  })
