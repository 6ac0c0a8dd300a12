import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { openMasterKeys, parseMasterKeys } from './master-key.ts'
import { BrokenSeal, deriveKey, placeOf, seal, unseal } from './seal.ts'

const key = randomBytes(32)

test('seal – any bytes – open again at their place, and each sealing differs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, place) => {
      const plain = Buffer.from(bytes)
      const sealed = seal(key, plain, place)
      assert.deepEqual(unseal(key, sealed, place), plain)
      assert.notDeepEqual(seal(key, plain, place), sealed)
    }),
  )
})

test('seal – one bit changed anywhere, cut short, another place or key – does not open', () => {
  const place = placeOf('users', 'email', 'usr_1')
  const sealed = seal(key, Buffer.from('person@example.test'), place)
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.throws(() => unseal(key, changed, place), BrokenSeal)
  }
  for (let length = 0; length < sealed.length; length++)
    assert.throws(() => unseal(key, sealed.subarray(0, length), place), BrokenSeal)
  assert.throws(() => unseal(key, sealed, placeOf('users', 'email', 'usr_2')), BrokenSeal)
  assert.throws(() => unseal(randomBytes(32), sealed, place), BrokenSeal)
  assert.notEqual(placeOf('a', 'b'), placeOf('a,b'))
  assert.notEqual(placeOf('a","b'), placeOf('a', 'b'))
})

test('derived keys – two purposes or two roots – have nothing in common', () => {
  assert.notDeepEqual(deriveKey(key, 'a'), deriveKey(key, 'b'))
  assert.notDeepEqual(deriveKey(key, 'a'), deriveKey(randomBytes(32), 'a'))
  assert.deepEqual(deriveKey(key, 'a'), deriveKey(key, 'a'))
})

test('master key – malformed, short, doubled – is refused without being repeated', () => {
  const good = randomBytes(32).toString('base64')
  assert.equal(parseMasterKeys(good).version, 1)
  const other = randomBytes(32).toString('base64')
  assert.equal(parseMasterKeys(`1:${good},3:${other}`).version, 1)
  assert.equal(parseMasterKeys(`3:${other},1:${good}`).version, 3)
  assert.throws(() => parseMasterKeys(good).key(2, 'x'), /version 2/)
  for (const bad of [
    '',
    'short',
    good.slice(1),
    `${good}=`,
    `0:${good}`,
    `1:${good},1:${good}`,
    `x:${good}`,
  ])
    assert.throws(
      () => parseMasterKeys(bad),
      (error: Error) =>
        /^ {2}MASTER_KEY: /m.test(error.message) && !error.message.includes(good.slice(5, 20)),
    )
})

test('master key – none configured, eight processes at once – is generated once, readable by its owner only', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'rialto-keys-'))
  t.after(() => rm(dataDir, { recursive: true }))
  const opened = await Promise.all(Array.from({ length: 8 }, () => openMasterKeys({ dataDir })))
  for (const keys of opened) assert.deepEqual(keys.key(1, 'x'), opened[0]?.key(1, 'x'))
  assert.deepEqual((await openMasterKeys({ dataDir })).key(1, 'x'), opened[0]?.key(1, 'x'))
  const path = join(dataDir, 'keys', 'master.key')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(join(dataDir, 'keys')), ['master.key'])
  const configured = await openMasterKeys({
    dataDir,
    configured: randomBytes(32).toString('base64'),
  })
  assert.notDeepEqual(configured.key(1, 'x'), opened[0]?.key(1, 'x'))
  assert.match(await readFile(path, 'utf8'), /^1:[A-Za-z0-9+/]{43}=\n$/)
})
