import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { systemClock } from '../host/clock.ts'
import { systemIds } from '../host/ids.ts'
import { holdsCardNumber } from './card-numbers.ts'

const CARDS = [
  '4242424242424242',
  '4242 4242 4242 4242',
  '4242-4242-4242-4242',
  'my card is 5555555555554444, thanks',
  'https://shop.example/?pan=2200000000000004',
  '4242424242424242@shop.example',
  '378282246310005',
  '30569309025904',
]

for (const text of CARDS)
  test(`card numbers – ${text} – found`, () => assert.equal(holdsCardNumber(text), true))

const OTHERS = [
  '',
  '4242424242424241',
  '42424242424242424242',
  'x4242424242424242',
  '4242 4242',
  '+49 1512 3456789',
  '2026-11-21T05:18:33.309Z',
  '1732160000000000',
  '9999078900001341',
  '60697691-3937-4198-9e7f-b787f5d99325',
]

for (const text of OTHERS)
  test(`card numbers – ${text || 'nothing'} – not found`, () =>
    assert.equal(holdsCardNumber(text), false))

test('card numbers – ids of ours and UUIDs, ten thousand – none is taken for one', () => {
  const ids = systemIds(systemClock)
  for (let i = 0; i < 10_000; i++)
    for (const id of [ids.next('ord'), ids.uuid(), randomUUID()])
      assert.equal(holdsCardNumber(id), false, id)
})
