import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem, problems } from '../pure/problem.ts'
import { clientKey, limitsHere } from './limits.ts'

const { rate_limited: kind } = problems('test', { rate_limited: [429, 'Too many', 'Wait.'] })

test('limiter – more than allowed – is refused with the seconds to wait, others are not, and the window ends', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 })
  const limit = limitsHere('three', { points: 3, seconds: 10, kind })
  for (let i = 0; i < 3; i++) await limit.consume('a')
  t.mock.timers.tick(2_500)
  await assert.rejects(limit.consume('a'), (error: unknown) => {
    assert.ok(error instanceof Problem)
    assert.equal(error.kind.code, 'test.rate_limited')
    assert.equal(error.body().retry_after, 8)
    return true
  })
  await limit.consume('b')
  t.mock.timers.tick(7_500)
  await limit.consume('a')
})

test('limiter – an expensive request, and forgiveness – count by points', async () => {
  const limit = limitsHere('five', { points: 5, seconds: 60, kind })
  await limit.consume('a', 5)
  await assert.rejects(limit.consume('a'), Problem)
  await limit.forgive('a')
  await limit.consume('a')
  await limitsHere('five', { points: 1, seconds: 60, kind }).consume('a')
})

test('client key – IPv6 – is the /64; IPv4, also mapped, is the address', () => {
  const same = [
    '2001:db8:1:2::1',
    '2001:0DB8:0001:0002:ffff::9',
    '2001:db8:1:2:3:4:5:6',
    '2001:db8:1:2::%eth0',
  ]
  assert.deepEqual(new Set(same.map(clientKey)), new Set(['2001:db8:1:2::/64']))
  assert.notEqual(clientKey('2001:db8:1:3::1'), clientKey('2001:db8:1:2::1'))
  assert.equal(clientKey('::1'), '0:0:0:0::/64')
  assert.equal(clientKey('127.0.0.1'), '127.0.0.1')
  assert.equal(clientKey('::ffff:127.0.0.1'), '127.0.0.1')
})
