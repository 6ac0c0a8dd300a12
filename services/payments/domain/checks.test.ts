import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import {
  checkUnansweredAt,
  isRepeatable,
  isTakenSince,
  isWhenToldOf,
  nextCheckAt,
  readAgainInMs,
} from './checks.ts'

test('nextCheckAt – after each look – 5 s, 30 s, 5 min, past the hour, a day, then none', () => {
  const looks: number[] = []
  for (let now = 0, next = nextCheckAt(0, now); next !== undefined; next = nextCheckAt(0, now)) {
    looks.push(next)
    now = next
  }
  assert.deepEqual(looks, [5 * SECOND, 30 * SECOND, 5 * MINUTE, HOUR + 2 * MINUTE, DAY])
})

test('nextCheckAt – after an outage – the missed looks are skipped', () => {
  assert.equal(nextCheckAt(0, 20 * MINUTE), HOUR + 2 * MINUTE)
})

test('checkUnansweredAt – at any time – soon, also between the looks that are far apart; never given up', () => {
  assert.equal(checkUnansweredAt(0, 5 * SECOND), 30 * SECOND)
  assert.equal(checkUnansweredAt(0, 5 * MINUTE), 10 * MINUTE)
  assert.equal(checkUnansweredAt(0, HOUR), HOUR + 2 * MINUTE)
  assert.equal(checkUnansweredAt(0, 62 * MINUTE), 67 * MINUTE)
  assert.equal(checkUnansweredAt(0, DAY), DAY + HOUR)
})

test('isRepeatable – a key of 23 hours – is not used again', () => {
  assert.equal(isRepeatable(0, 23 * HOUR - 1), true)
  assert.equal(isRepeatable(0, 23 * HOUR), false)
})

test('readAgainInMs – each failure – soon at first, then patiently, after a good twenty minutes never', () => {
  const waits = Array.from({ length: 9 }, (_, i) => readAgainInMs(i + 1, false) ?? 0)
  assert.deepEqual(
    waits,
    waits.toSorted((a, b) => a - b),
  )
  assert.equal(waits[0], 5 * SECOND)
  const all = waits.reduce((sum, ms) => sum + ms, 0)
  assert.ok(all > 20 * MINUTE && all < 30 * MINUTE, String(all))
  assert.equal(readAgainInMs(10, false), undefined)
})

test('readAgainInMs – the provider does not answer – on for a day, every quarter of an hour', () => {
  assert.equal(readAgainInMs(1, true), 5 * SECOND)
  for (const attempts of [10, 105]) assert.equal(readAgainInMs(attempts, true), 15 * MINUTE)
  assert.equal(readAgainInMs(106, true), undefined)
})

test('isWhenToldOf – a reading that fails on and on – a person is told once, when it is not tried soon any more', () => {
  const told = Array.from({ length: 106 }, (_, i) => i + 1).filter(isWhenToldOf)
  assert.deepEqual(told, [10])
})

test('isTakenSince – taken anew or planned later, just as it was taken, moved forward, ended – only the first makes a look superfluous', () => {
  const until = 5 * MINUTE
  assert.deepEqual(
    [until + SECOND, until, until - SECOND, null].map((next) => isTakenSince(next, until)),
    [true, false, false, false],
  )
})
