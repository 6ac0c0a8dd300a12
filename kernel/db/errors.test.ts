import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUnavailable } from './errors.ts'

test('errors – a server that is lost, in the forms it takes – unavailable, never a bug', () => {
  const of = (code: string) => Object.assign(new Error('x'), { code })
  const lost = ['08006', '53300', '57P01', '57P03', '25P03', 'ECONNREFUSED', 'ECONNABORTED']
  for (const code of [...lost, 'EAI_AGAIN', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH'])
    assert.ok(isUnavailable(of(code)), code)
  for (const code of ['23505', '42703', '25P02', 'ENOENT', 'ERR_ASSERTION'])
    assert.ok(!isUnavailable(of(code)), code)
})
