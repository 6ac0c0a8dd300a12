import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idPattern } from '../pure/ids.ts'
import { testClock } from '../testing/clock.ts'
import { systemIds } from './ids.ts'

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('ids – 20,000 within one millisecond, then a clock that steps back – rise strictly', () => {
  const clock = testClock()
  const ids = systemIds(clock)
  let last = ''
  for (let i = 0; i < 30_000; i++) {
    if (i === 20_000) clock.advance(-3_600_000)
    if (i === 25_000) clock.advance(3_600_001)
    const id = ids.uuid()
    assert.match(id, V7)
    assert.ok(id > last, `${id} after ${last}`)
    last = id
  }
})

test('ids – a source of ones only – still rise, and carry the clock in their first 48 bits', () => {
  const clock = testClock(0x0123_4567_89ab)
  const ids = systemIds(clock, (buffer) => buffer.fill(0xff))
  const first = ids.uuid()
  assert.ok(first.startsWith('01234567-89ab-7'))
  assert.ok(ids.uuid() > first)
})

test('ids – public id – is of its kind, and sorts as it was made', () => {
  const ids = systemIds(testClock())
  const made = Array.from({ length: 1_000 }, () => ids.next('ord'))
  for (const id of made) assert.match(id, new RegExp(idPattern('ord')))
  assert.deepEqual([...made].sort(), made)
})

test('ids – random source – is drawn 4 kB at a time', () => {
  let fills = 0
  const ids = systemIds(testClock(), (buffer) => {
    assert.equal(buffer.length, 4096)
    fills += 1
  })
  for (let i = 0; i < 1_000; i++) ids.uuid()
  assert.equal(fills, 1)
})
