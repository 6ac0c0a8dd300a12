import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { Problem } from '../pure/problem.ts'
import { kernelProblems } from '../service/problems.ts'
import { problemOfHttp } from './refusals.ts'

const codeOf = (error: unknown): string =>
  problemOfHttp(error, { aborted: false, complete: true } as IncomingMessage).kind.code

const withStatus = (statusCode: unknown): Error => Object.assign(new Error('no'), { statusCode })

test('refusals – an error with a status of its own – is the client’s from 400 to 499, and ours else', () => {
  for (const status of [400, 412, 416, 499])
    assert.equal(codeOf(withStatus(status)), 'kernel.malformed_request', String(status))
  for (const status of [403, 404])
    assert.equal(codeOf(withStatus(status)), 'kernel.not_found', String(status))
  for (const status of [undefined, null, 200, 399, 500, 502])
    assert.equal(codeOf(withStatus(status)), 'kernel.internal', String(status))
  for (const nothing of [undefined, null, 'no'])
    assert.equal(codeOf(nothing), 'kernel.internal', String(nothing))
})

test('refusals – what has a code of its own, a problem – stays what it is', () => {
  const large = Object.assign(withStatus(413), { code: 'FST_ERR_CTP_BODY_TOO_LARGE' })
  assert.equal(codeOf(large), 'kernel.payload_too_large')
  const problem = Object.assign(new Problem(kernelProblems.forbidden), { statusCode: 404 })
  assert.equal(codeOf(problem), 'kernel.forbidden')
})
