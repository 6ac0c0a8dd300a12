// The demo on a platform taken apart, as the command that people type: it starts every service in a process of its own, buys, judges
// and ends.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DemoResult } from 'rialto/demo/verdict.ts'
import { rialto } from '../start/program.ts'
import { full } from './surroundings.ts'

test('rialto demo – every service in a process of its own – conforms, status 0', {
  timeout: 300_000,
}, async (t) => {
  if (!full) return t.skip('PROOF=full starts some fifteen processes')
  const { code, out, err } = await rialto(['demo', 'purchase', '--separate', '--json'])
  assert.equal(code, 0, err)
  const { flow, verdict, required, seen, deviations, stray } = JSON.parse(out) as DemoResult
  assert.deepEqual(
    [flow, verdict, seen, deviations, stray],
    ['purchase', 'conforms', required, [], []],
  )
  assert.match(err, /starting every service as a process of its own/)
})
