// What a command says when what it works with is not there: the database, a platform in it. One
// sentence that names what a person can mend, status 1, and no stack.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { testDatabase } from '@rialto/kernel/testing/database.ts'
import { rialto } from '../start/program.ts'

const MASTER_KEY = Buffer.alloc(32, 5).toString('base64')
const LOOKS = [
  'events tail',
  'dead-letters list',
  'flows check ord_1',
  'ledger verify',
  'keys list',
]
const NO_PLATFORM =
  /: there is no platform in this database: check DATA_DIR or DATABASE_URL, or run/

/** What the command says, which has to fail. */
async function refused(words: string, settings: Readonly<Record<string, string>>): Promise<string> {
  const { code, out, err } = await rialto(words.split(' '), settings)
  assert.deepEqual([code, out], [1, ''], `${words}: ${err}`)
  assert.doesNotMatch(err, /^\s+at /m)
  return err
}

const at = (url: string) => ({ DATABASE_URL: url, MASTER_KEY })

describe('a database that cannot be used', { timeout: 360_000 }, () => {
  test('operators’ commands – nobody listens at DATABASE_URL – named in words', async () => {
    for (const words of ['migrate', ...LOOKS])
      assert.match(
        await refused(words, at('postgres://shop:very-secret@127.0.0.1:9/shop')),
        /^rialto [\w-]+: The database at DATABASE_URL cannot be used \([^\n]*127\.0\.0\.1:9\)[^\n]*\n$/,
      )
  })

  const changed = (url: string, change: Partial<Pick<URL, 'password' | 'pathname'>>): string =>
    Object.assign(new URL(url), change).href

  test('operators’ commands – another password, none, another name – the server’s reason in words', async (t) => {
    const db = await testDatabase(t)
    const troubles = [
      [changed(db.url, { password: 'guessed' }), /password authentication failed/],
      [changed(db.url, { password: '' }), /password must be a string/],
      [changed(db.url, { pathname: '/nowhere' }), /database "nowhere" does not exist/],
    ] as const
    for (const words of ['migrate', 'events tail'])
      for (const [url, said] of troubles) {
        const err = await refused(words, at(url))
        assert.match(err, /^rialto \w+: The database at DATABASE_URL cannot be used/)
        assert.match(err, said)
      }
  })

  test('operators’ commands – a database without a platform, an empty DATA_DIR – says where to look', async (t) => {
    const db = await testDatabase(t)
    const empty = at(changed(db.url, { pathname: '/postgres' }))
    for (const words of LOOKS) assert.match(await refused(words, empty), NO_PLATFORM)
    const folder = mkdtempSync(join(tmpdir(), 'rialto-trouble-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    assert.match(await refused('dead-letters list', { DATA_DIR: folder }), NO_PLATFORM)
  })
})
