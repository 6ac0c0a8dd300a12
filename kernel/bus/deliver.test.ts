import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs, MAX_TRIES } from './deliver.ts'

const afterEach = Array.from({ length: MAX_TRIES - 1 }, (_, n) => n + 1)

test('backoffMs – after each try but the last – 1, 5 and 25 s; the fourth is the last', () => {
  assert.deepEqual(
    afterEach.map((tries) => backoffMs(tries, 0.5)),
    [1_000, 5_000, 25_000],
  )
})

test('backoffMs – those that failed together – are spread over a fifth less and a fifth more', () => {
  assert.deepEqual(
    afterEach.map((tries) => [backoffMs(tries, 0), backoffMs(tries, 1)]),
    [
      [800, 1_200],
      [4_000, 6_000],
      [20_000, 30_000],
    ],
  )
})

test('backoffMs – more tries than waits – waits as long as the last time', () => {
  assert.equal(backoffMs(9, 0.5), 25_000)
  assert.deepEqual(
    [1, 2, 3].map((tries) => backoffMs(tries, 0.5, [20, 40])),
    [20, 40, 40],
  )
})
