import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePart } from './process.ts'

test('free part – of a folder, of one that was never made, of what is none – a share, nothing, a failure that is counted', async () => {
  const free = await freePart(import.meta.dirname)
  assert.ok(free !== undefined && free >= 0 && free <= 1, String(free))
  assert.equal(await freePart(join(import.meta.dirname, 'not-made')), undefined)
  await assert.rejects(freePart(join(import.meta.filename, 'below')), { code: 'ENOTDIR' })
})
