import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstToken, hashOf, newSalt, nextToken, useOf } from './refresh-token.ts'

test('refresh token – with its salt – always makes the same successor, with another one another', () => {
  const token = firstToken()
  const salt = newSalt()
  const next = nextToken(token, salt)
  assert.equal(nextToken(token, salt), next)
  assert.notEqual(nextToken(token, newSalt()), next)
  assert.notEqual(nextToken(firstToken(), salt), next)
  for (const one of [token, next]) assert.equal(hashOf(one)?.length, 32)
  assert.notDeepEqual(hashOf(token), hashOf(next))
})

test('refresh token – texts that never were one – have no hash', () => {
  const token = firstToken()
  for (const text of [
    '',
    'rt_',
    token.slice(1),
    `${token}A`,
    token.replace('rt_', 'xx_'),
    `${token}\n`,
  ])
    assert.equal(hashOf(text), undefined, text)
})

test('refresh token – shown again – is a repeat for 20 s on either side, then a reuse', () => {
  const cases = [
    [null, 0, 'first'],
    [1_000_000, 1_000_000, 'again'],
    [1_000_000, 1_020_000, 'again'],
    [1_000_000, 1_020_001, 'reuse'],
    // The other process's clock is ahead, or far off.
    [1_000_000, 990_000, 'again'],
    [1_000_000, 900_000, 'reuse'],
  ] as const
  for (const [spentAt, now, expected] of cases) assert.equal(useOf(spentAt, now), expected)
})
