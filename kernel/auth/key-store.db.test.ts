import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { parseMasterKeys, WrongMasterKey } from '../crypto/master-key.ts'
import { testClock } from '../testing/clock.ts'
import { testDatabase } from '../testing/database.ts'
import { databaseKeyStore } from './key-store.ts'
import { openSigningKeys } from './keys.ts'
import { tokens } from './tokens.ts'
import { verifier } from './verifier.ts'

const anna = { sub: 'usr_anna', roles: ['customer'], sid: 'ses_1' } as const
const someMaster = () => parseMasterKeys(randomBytes(32).toString('base64'))

test('key store – processes that start at once on an empty database – agree on one key, and verify each other', async (t) => {
  const { pool } = await testDatabase(t)
  const [clock, master] = [testClock(), someMaster()]
  const all = await Promise.all(
    [1, 2, 3, 4].map(() => openSigningKeys(databaseKeyStore(pool, master), clock)),
  )
  const kids = await Promise.all(all.map(async (keys) => (await keys.current()).kid))
  assert.equal(new Set(kids).size, 1)
  assert.equal((await databaseKeyStore(pool, master).load()).length, 1)
  const [one, two] = all
  if (one === undefined || two === undefined) throw new Error('unreachable')
  const { token } = await tokens(one, clock).issueAccessToken(anna)
  const door = verifier({ keys: { read: () => two.jwks() }, clock, accepts: ['public'] })
  assert.equal((await door.verify(token)).id, 'usr_anna')
})

test('key store – a rotation – adds a key, and what was replaced can be removed, the first one too', async (t) => {
  const { pool } = await testDatabase(t)
  const [clock, master] = [testClock(), someMaster()]
  const store = databaseKeyStore(pool, master)
  const keys = await openSigningKeys(store, clock)
  const first = (await keys.current()).kid
  const second = await keys.rotate()
  assert.deepEqual(
    (await store.load()).map(({ kid }) => kid),
    [first, second],
  )
  await store.remove(first)
  await store.addFirst((await store.load())[0] as never)
  assert.deepEqual(
    (await store.load()).map(({ kid }) => kid),
    [second],
  )
})

test('key store – its rows – are sealed, bound to their place, useless under another master key, and not for services', async (t) => {
  const db = await testDatabase(t, { services: [{ name: 'notes' }] })
  const master = someMaster()
  const store = databaseKeyStore(db.pool, master)
  await openSigningKeys(store, testClock())
  const [stored] = await store.load()
  const { rows } = await db.pool.query('select sealed from kernel.signing_keys')
  const secret = stored?.privateJwk.d ?? ''
  assert.ok(secret.length > 40)
  assert.equal(rows.length, 1)
  assert.ok(!(rows[0].sealed as Buffer).toString('latin1').includes(secret))
  await assert.rejects(databaseKeyStore(db.pool, someMaster()).load(), WrongMasterKey)
  await assert.rejects(db.poolFor('notes').query('select kid from kernel.signing_keys'), {
    code: '42501',
  })
  await db.pool.query('update kernel.signing_keys set created_at = created_at + 1')
  await assert.rejects(store.load(), WrongMasterKey)
})
