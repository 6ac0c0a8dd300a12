import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { hashPassword, isOutdated, verifyPassword } from './password.ts'

test('password – right, wrong, composed otherwise – only the same text is taken', async () => {
  const stored = await hashPassword('correct horse é')
  assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.notEqual(stored, await hashPassword('correct horse é'))
  assert.equal(await verifyPassword(stored, 'correct horse é'), true)
  assert.equal(await verifyPassword(stored, 'correct horse e\u0301'), true)
  assert.equal(await verifyPassword(stored, 'Correct horse é'), false)
  assert.equal(await verifyPassword(stored, ''), false)
})

test('password – unknown user – is refused after the same work', async () => {
  const stored = await hashPassword('something')
  const time = async (against: string | undefined, round: number): Promise<number> => {
    const startedAt = performance.now()
    assert.equal(await verifyPassword(against, `wrong ${round}`), false)
    return performance.now() - startedAt
  }
  const known: number[] = []
  const unknown: number[] = []
  for (let round = 0; round < 7; round++) {
    known.push(await time(stored, round))
    unknown.push(await time(undefined, round))
  }
  // The best of seven of each, in turns, because neighbours on the machine only ever add. A skipped
  // verification would be a thousandth; a tenth leaves room for whatever the machine does.
  const [work, sham] = [Math.min(...known), Math.min(...unknown)]
  assert.ok(sham > work / 10, `${sham} ms against ${work} ms`)
})

test('password – hash of other costs – still verifies, and is called outdated', async () => {
  const old = await hash('secret', { memoryCost: 8192, timeCost: 1, parallelism: 1 })
  assert.equal(await verifyPassword(old, 'secret'), true)
  assert.equal(isOutdated(old), true)
  assert.equal(isOutdated(await hashPassword('secret')), false)
})
