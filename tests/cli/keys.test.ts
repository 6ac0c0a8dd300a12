// `rialto keys`, as an operator replaces the keys of a platform: no session ends, no field is lost, and the old master key can go.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { platformConfig } from '@rialto/kernel/config/platform.ts'
import { testDatabase } from '@rialto/kernel/testing/database.ts'
import { observerMigrations } from '@rialto/server/observer/service.ts'
import { openPlatform, type Platform } from '@rialto/server/platform.ts'
import { services } from '@rialto/server/services.ts'
import { type Buyer, callApi, newBuyer } from 'rialto/demo/buyer.ts'
import { rialto } from '../start/program.ts'

const newKey = (): string => randomBytes(32).toString('base64')

interface Held {
  readonly seals: number
  readonly sealed: readonly { version: number; data_keys: number; signing_keys: number }[]
  readonly signs: string
  readonly published: readonly string[]
}

async function world(t: TestContext) {
  const db = await testDatabase(t, { services: [...services, observerMigrations] })
  const folder = mkdtempSync(join(tmpdir(), 'rialto-keys-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const settings = (master: string) => ({
    ...{ DATABASE_URL: db.url, MASTER_KEY: master, DATA_DIR: folder },
  })
  return {
    /** A platform with this master key, for one piece of work. */
    async during(master: string, work: (platform: Platform) => Promise<void>): Promise<void> {
      const config = platformConfig({ ...settings(master), PORT: '0', LOG_LEVEL: 'silent' })
      const platform = await openPlatform({ config })
      try {
        await work(platform)
      } finally {
        await platform.stop()
      }
    },
    async ask(words: string, master: string): Promise<Record<string, unknown>> {
      const { code, out, err } = await rialto([...words.split(' '), '--json'], settings(master))
      assert.equal(code, 0, err)
      return JSON.parse(out) as Record<string, unknown>
    },
    /** What a command says that fails; status 1, and no stack. */
    async refused(words: string, master: string): Promise<string> {
      const { code, out, err } = await rialto(words.split(' '), settings(master))
      assert.deepEqual([code, out], [1, ''], err)
      assert.doesNotMatch(err, /^\s+at /m)
      return err
    },
    held: async (master: string): Promise<Held> => {
      const { out, err } = await rialto(['keys', 'list', '--json'], settings(master))
      assert.notEqual(out, '', err)
      return JSON.parse(out) as Held
    },
  }
}

/** The buyer's own address, decrypted, by the token that the buyer has. */
async function emailOf(platform: Platform, { token }: Buyer): Promise<unknown> {
  const { status, body } = await callApi(platform.url, 'GET /users/me', { token })
  return status === 200 ? body.email : `${status} ${String(body.code)}`
}

test('keys – a new master key, told first, then sealing, then alone – no session and no field is lost', async (t) => {
  const { during, ask, held, refused } = await world(t)
  const [old, next] = [newKey(), newKey()]
  let buyer: Buyer | undefined
  await during(old, async (platform) => {
    buyer = await newBuyer(platform.url)
  })
  const someone = buyer as unknown as Buyer
  const first = await held(old)
  assert.deepEqual([first.seals, first.sealed.map(({ version }) => version)], [1, [1]])

  // A process that was told of the new key while the old one seals opens what any other sealed by the new one.
  const rotated = await ask('keys rotate', `2:${next},1:${old}`)
  assert.ok(Number(rotated.rewrapped) >= 2, 'the buyer’s and the indexes’ root at least')
  assert.ok(Number(rotated.resealed) >= 1)
  await during(`1:${old},2:${next}`, async (platform) => {
    assert.equal(await emailOf(platform, someone), someone.email)
  })
  await ask('keys rotate', `2:${next},1:${old}`)

  const alone = await held(`2:${next}`)
  assert.deepEqual(
    alone.sealed.map(({ version }) => version),
    [2],
  )
  assert.equal(alone.seals, 2)
  assert.ok(alone.published.includes(first.signs), 'tokens of the old signing key are still good')
  assert.ok(alone.published.includes(String(rotated.signing_key)))
  await during(`2:${next}`, async (platform) => {
    assert.equal(await emailOf(platform, someone), someone.email)
    const login = { email: someone.email, password: 'a sandbox password only' }
    const { status } = await callApi(platform.url, 'POST /users/login', { body: login })
    assert.equal(status, 200, 'found by the blind index')
  })
  const wrong = await refused('keys list', `2:${old}`)
  assert.match(wrong, /^rialto keys: MASTER_KEY: it does not open the keys in this database/)
  assert.match(await refused('keys list', old), /MASTER_KEY: version 2 sealed what is kept here/)
})

test('keys – nothing to seal anew, words that are not understood – says 0; status 2', async (t) => {
  const { ask } = await world(t)
  const key = newKey()
  const { rewrapped, resealed } = await ask('keys rotate', key)
  assert.deepEqual([rewrapped, resealed], [0, 0])
  const misused = await rialto(['keys', 'burn'])
  assert.deepEqual([misused.code, misused.out], [2, ''])
  assert.match(misused.err, /say list or rotate/)
})
