import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import type pg from 'pg'
import { rawSql } from '../db/sql.ts'
import { inTransaction, type Transaction } from '../db/transaction.ts'
import { MINUTE } from '../pure/time.ts'
import { testClock } from '../testing/clock.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { testIds } from '../testing/ids.ts'
import {
  ERASED,
  type Field,
  type Fields,
  normaliseEmail,
  normalisePhone,
  openFields,
} from './fields.ts'
import { parseMasterKeys } from './master-key.ts'
import { BrokenSeal } from './seal.ts'

const first = randomBytes(32).toString('base64')
const second = randomBytes(32).toString('base64')
const EMAIL = 'anna.secret@example.test'

let db: TestDatabase
let pool: pg.Pool
let series = 0

before(async () => {
  db = await testDatabase(undefined)
  pool = db.pool
  await pool.query(
    'create table people (id text primary key, email text, email_index bytea unique)',
  )
})
after(() => db.close())

/** A process of its own: nothing remembered. */
const process = (master = first, clock = testClock()): Fields =>
  openFields({ master: parseMasterKeys(master), clock, ids: testIds(++series) })
const within = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => inTransaction(pool, work)
const emailOf = (id: string): Field => ({ subject: id, column: 'people.email', row: id })

async function register(fields: Fields, id: string, email = EMAIL): Promise<string> {
  return within(async (tx) => {
    const sealed = await fields.encrypt(tx, emailOf(id), email)
    const index = await fields.blindIndex(tx, 'people.email', normaliseEmail(`${id}+${email}`))
    await tx.run(rawSql('insert into people values ($1, $2, $3)', [id, sealed, index]))
    return sealed
  })
}
const readEmail = (fields: Fields, id: string): Promise<string | typeof ERASED> =>
  within(async (tx) => {
    const { email } = await tx.one<{ email: string }>(
      rawSql('select email from people where id = $1', [id]),
    )
    return fields.decrypt(tx, emailOf(id), email)
  })

test('fields – raw rows of every table – hold no plaintext, and another process reads the value', async () => {
  const fields = process()
  const sealed = await register(fields, 'usr_raw')
  assert.match(sealed, /^f1\.[0-9a-f]{32}\.[A-Za-z0-9_-]+$/)
  const { rows } = await pool.query<{ all: string }>(
    `select (select string_agg(p::text, ' ') from people p) || (select string_agg(k::text, ' ') from kernel.data_keys k) as all`,
  )
  const raw = rows[0]?.all ?? ''
  assert.ok(raw.includes('usr_raw') && raw.includes('#index'))
  for (const plain of [EMAIL, 'anna.s', 'secret@'])
    for (const form of [
      plain,
      Buffer.from(plain).toString('hex'),
      Buffer.from(plain).toString('base64url'),
    ])
      assert.ok(!raw.includes(form), form)
  assert.equal(await readEmail(fields, 'usr_raw'), EMAIL)
  assert.equal(await readEmail(process(), 'usr_raw'), EMAIL)
})

test('fields – under a service role – are readable and writable', async () => {
  const fields = process()
  const { rows } = await pool.query<{ ok: boolean }>(
    `select bool_and(has_table_privilege('rialto_services', 'kernel.data_keys', p)) as ok
     from unnest(array['select', 'insert', 'update', 'delete']) p`,
  )
  assert.equal(rows[0]?.ok, true)
  assert.equal(
    typeof (await within((tx) => fields.encrypt(tx, emailOf('usr_role'), 'x'))),
    'string',
  )
})

test('fields – tampered with, or copied to another row, column or subject – do not open', async () => {
  const fields = process()
  const sealed = await register(fields, 'usr_a')
  await register(fields, 'usr_b', 'bob@example.test')
  const last = sealed.at(-2) === 'A' ? 'B' : 'A'
  const decrypt = (field: Field, text: string) => within((tx) => fields.decrypt(tx, field, text))
  const a = emailOf('usr_a')
  for (const [field, text] of [
    [a, `${sealed.slice(0, -2)}${last}${sealed.at(-1)}`],
    [a, sealed.slice(0, -4)],
    [a, EMAIL],
    [a, ''],
    [a, sealed.replace('f1', 'f9')],
    [{ ...a, row: 'usr_b' }, sealed],
    [{ ...a, column: 'people.phone' }, sealed],
    [emailOf('usr_b'), sealed],
    [emailOf('usr_without_key'), sealed],
  ] as const)
    await assert.rejects(decrypt(field, text), BrokenSeal, `${field.row} ${text}`)
  assert.equal(await decrypt(a, sealed), EMAIL)
})

test('fields – two wrapped keys swapped in the database – open nothing and seal nothing', async () => {
  await register(process(), 'usr_swap_1')
  await register(process(), 'usr_swap_2')
  await pool.query(`
    update kernel.data_keys k set wrapped = o.wrapped from kernel.data_keys o
    where k.subject in ('usr_swap_1', 'usr_swap_2') and o.subject in ('usr_swap_1', 'usr_swap_2') and o.subject <> k.subject`)
  await assert.rejects(readEmail(process(), 'usr_swap_1'), BrokenSeal)
  // Sealed with another's key, the value would outlive the erasure of its own subject.
  const sealing = within((tx) => process().encrypt(tx, emailOf('usr_swap_1'), EMAIL))
  await assert.rejects(sealing, BrokenSeal)
  await pool.query(`delete from kernel.data_keys where subject like 'usr_swap_%'`)
})

test('fields – a transaction that rolls back – leaves no key, and the next one makes a new one', async () => {
  const fields = process()
  const abandoned = within(async (tx) => {
    await fields.encrypt(tx, emailOf('usr_back'), 'x')
    throw new Error('back')
  })
  await assert.rejects(abandoned, /back/)
  await register(fields, 'usr_back')
  assert.equal(await readEmail(process(), 'usr_back'), EMAIL)
})

test('fields – eight processes make the key of one subject at once – all use one key', async () => {
  const sealed = await Promise.all(
    Array.from({ length: 8 }, () =>
      within((tx) => process().encrypt(tx, emailOf('usr_race'), EMAIL)),
    ),
  )
  assert.equal(new Set(sealed.map((text) => text.split('.')[1])).size, 1)
  const reader = process()
  for (const text of sealed)
    assert.equal(await within((tx) => reader.decrypt(tx, emailOf('usr_race'), text)), EMAIL)
})

test('fields – new master key – rewraps the data keys, touches no row, and the old one may go', async () => {
  await register(process(), 'usr_rotate')
  const rows = async () => (await pool.query('select * from people order by id')).rows
  const before = await rows()
  const index = (fields: Fields) => within((tx) => fields.blindIndex(tx, 'people.email', 'x'))
  const indexBefore = await index(process())
  const rotating = process(`2:${second},1:${first}`)
  assert.equal(await readEmail(rotating, 'usr_rotate'), EMAIL)
  let rewrapped = 0
  for (let n = -1; n !== 0; rewrapped += n) n = await within((tx) => rotating.keys.rewrap(tx, 2))
  const { rows: left } = await pool.query(
    'select count(*)::int as n from kernel.data_keys where kek_version <> 2',
  )
  assert.equal(left[0]?.n, 0)
  assert.ok(rewrapped >= 3)
  assert.deepEqual(await rows(), before)
  const after = process(`2:${second}`)
  assert.equal(await readEmail(after, 'usr_rotate'), EMAIL)
  assert.deepEqual(await index(after), indexBefore)
  await assert.rejects(readEmail(process(first), 'usr_rotate'), /version 2/)
  const back = process(`3:${first},2:${second}`)
  while ((await within((tx) => back.keys.rewrap(tx, 100))) > 0);
  await pool.query('update kernel.data_keys set kek_version = 1')
})

test('fields – destroyed subject – reads as erased here at once and elsewhere within a minute; others stay', async () => {
  const clock = testClock()
  const here = process()
  const elsewhere = process(first, clock)
  await register(here, 'usr_gone')
  await register(here, 'usr_stays')
  assert.equal(await readEmail(elsewhere, 'usr_gone'), EMAIL)
  assert.equal(await within((tx) => here.keys.destroy(tx, 'usr_gone')), true)
  assert.equal(await within((tx) => here.keys.destroy(tx, 'usr_gone')), false)
  assert.equal(await readEmail(here, 'usr_gone'), ERASED)
  clock.advance(MINUTE)
  assert.equal(await readEmail(elsewhere, 'usr_gone'), ERASED)
  assert.equal(await readEmail(here, 'usr_stays'), EMAIL)
  await assert.rejects(
    within((tx) => here.keys.destroy(tx, '#index')),
    /not a subject/,
  )
})

test('fields – a subject that comes back after its erasure – has a new key, also where the old one is remembered', async () => {
  const here = process()
  const elsewhere = process()
  const old = await register(here, 'usr_again')
  assert.equal(await readEmail(elsewhere, 'usr_again'), EMAIL)
  await within((tx) => here.keys.destroy(tx, 'usr_again'))
  const fresh = await within((tx) => here.encrypt(tx, emailOf('usr_again'), 'new@example.test'))
  const read = (fields: Fields, text: string) =>
    within((tx) => fields.decrypt(tx, emailOf('usr_again'), text))
  assert.equal(await read(here, old), ERASED)
  assert.equal(await read(elsewhere, fresh), 'new@example.test')
})

test('blind index – one address in two spellings – is found by both, and the unique index refuses it twice', async () => {
  const fields = process()
  const index = (name: string, text: string) =>
    within((tx) => fields.blindIndex(tx, name, normaliseEmail(text)))
  const one = await index('people.email', ' Anna@Example.TEST ')
  assert.deepEqual(await index('people.email', 'anna@example.test'), one)
  assert.notDeepEqual(await index('orders.email', 'anna@example.test'), one)
  assert.equal(one.length, 32)
  await pool.query('insert into people values ($1, null, $2)', ['usr_i1', one])
  await assert.rejects(pool.query('insert into people values ($1, null, $2)', ['usr_i2', one]), {
    code: '23505',
  })
})

test('normalise – phones – E.164 or nothing', () => {
  for (const text of ['+7 (916) 123-45-67', '+79161234567', '007 916 123.45.67', '＋7 916 1234567'])
    assert.equal(normalisePhone(text), '+79161234567')
  for (const text of [
    '89161234567',
    '+0123456789',
    '+7',
    '+7916123456789012',
    'phone',
    '',
    '+7916x234567',
  ])
    assert.equal(normalisePhone(text), undefined)
  assert.equal(normaliseEmail('ＡＮＮＡ@example.test'), 'anna@example.test')
})
