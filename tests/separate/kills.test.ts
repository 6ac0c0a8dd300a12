// Random processes of the platform killed again and again while people buy: what was half-done is finished by those who live on,
// or by the next life of the dead one.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Member } from 'rialto/separate/member.ts'
import { type Chance, seeded } from '../faults/log/random.ts'
import { judgeAtRest } from '../faults/purchase/judge/judge.ts'
import { Crowd } from '../faults/purchase/people/buyer.ts'
import { full, openSeparate, type Separate } from './surroundings.ts'

const seed = Number(process.env.SEED || randomInt(2 ** 31))
const PURCHASES = full ? 1_000 : 12
const BUYERS = full ? 8 : 4
const KILL_EVERY_MS = full ? 15_000 : 1_500
const KILLS_MIN = full ? 10 : 3

/** One after another until the number is bought, each by a buyer who repeats what gets no answer. */
async function shopping(crowd: Crowd): Promise<void> {
  let begun = 0
  const next = async (): Promise<void> => {
    for (; begun < PURCHASES; ) {
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

async function live(t: TestContext): Promise<void> {
  t.diagnostic(`SEED=${seed}`)
  const chance = seeded(seed)
  const separate = await openSeparate(t)
  const crowd = new Crowd(separate.shop)
  let over = false
  const bought = shopping(crowd).finally(() => {
    over = true
  })
  // Whoever waits for it hears of it; until then it is nobody's.
  bought.catch(() => undefined)
  const killed: string[] = []
  while (!over || killed.length < KILLS_MIN) {
    await Promise.race([pause(KILL_EVERY_MS), bought.catch(() => undefined)])
    if (!over || killed.length < KILLS_MIN) killed.push(await strike(separate, chance))
  }
  await bought
  const again = await crowd.askAgain()
  const { violations, ...figures } = await judgeAtRest(crowd)
  t.diagnostic(
    `killed=${killed.join(',')} ${JSON.stringify(figures)} repeats=${JSON.stringify(Object.fromEntries(crowd.repeats))}`,
  )
  assert.deepEqual([...violations, ...again], [])
  assert.equal(crowd.bought.length, PURCHASES)
  assert.ok(killed.length >= KILLS_MIN)
  await separate.fleet.stop()
}

test(
  'kill -9 – random processes while people buy – every order is fulfilled, every effect happens once',
  { timeout: full ? 900_000 : 400_000 },
  (t) =>
    live(t).catch((cause: unknown) => {
      throw new Error(`with SEED=${seed}`, { cause })
    }),
)
