// Bad input, made from the contracts: every route that takes a body gets it malformed, oversized, mistyped, incomplete, with
// fields nobody knows. The answer is a problem that the contract declares, and nothing is stored.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import { openWorld, type PersonRole, type World } from '../flows/harness.ts'
import {
  bodyOf,
  faultOf,
  fitting,
  type Got,
  offered,
  pathOf,
  refusalOf,
  type Sent,
  type Shape,
  send,
} from './routes.ts'

const OVERSIZED = `{"x":"${'x'.repeat(300 * 1_024)}"}`

let world: World
const tokens = new Map<PersonRole, string>()
before(async () => {
  world = await openWorld()
  const { rows } = await world.db.pool.query('select user_id from accounts.users limit 1')
  for (const role of ['customer', 'operator', 'developer'] as const)
    tokens.set(role, await world.token(rows[0].user_id, role))
})
after(() => world.stop())

/** As somebody who may, with a fresh key where keys are taken. */
function ask(route: AnyRoute, sent: Sent): Promise<Got> {
  const role = route.access === 'public' ? undefined : (route.access as readonly PersonRole[])[0]
  const key = route.idempotent === true ? { 'idempotency-key': randomUUID() } : {}
  const token = role === undefined ? undefined : tokens.get(role)
  return send(world.url, route, { token, ...sent, headers: { ...key, ...sent.headers } })
}

const writing = offered.filter((route) => route.method !== 'GET')
const taking = writing.filter((route) => route.raw !== true)
const raw = writing.filter((route) => route.raw === true)

/** How much there is in the tables that business writes. */
async function stored(): Promise<string> {
  const tables = ['accounts.users', 'orders.orders', 'payments.payments', 'payments.webhook_inbox']
  const counts = tables.map((name) => `(select count(*) from ${name})`)
  const { rows } = await world.db.pool.query(`select concat_ws(' ', ${counts.join(', ')}) as n`)
  return rows[0].n
}

const WHOLE: readonly (readonly [words: string, sent: Sent, refusal: string])[] = [
  ['JSON cut off', { body: '{"a":' }, '400 kernel.malformed_json'],
  [
    'bytes that are no UTF-8',
    { body: Buffer.from([0x22, 0xff, 0x22]) },
    '400 kernel.malformed_json',
  ],
  ['a prototype', { body: '{"__proto__":{"a":1}}' }, '400 kernel.malformed_json'],
  ['300 kB', { body: OVERSIZED }, '413 kernel.payload_too_large'],
  ['an array', { body: '[]' }, '400 kernel.invalid_input'],
  ['null', { body: 'null' }, '400 kernel.invalid_input'],
  ['a number', { body: '7' }, '400 kernel.invalid_input'],
  [
    'nesting without end',
    { body: `${'{"a":'.repeat(200)}1${'}'.repeat(200)}` },
    '400 kernel.invalid_input',
  ],
]

describe('bodies', { timeout: 280_000 }, () => {
  test('routes with a body – there are some, and among them webhooks', () => {
    assert.ok(taking.length >= 6, `${taking.length} routes`)
    assert.ok(raw.length >= 1, `${raw.length} webhooks`)
  })

  for (const [words, sent, refusal] of WHOLE)
    test(`bodies – ${words} – ${refusal}`, async () => {
      const before = await stored()
      for (const route of taking)
        assert.equal(refusalOf(route, await ask(route, sent)), refusal, route.name)
      assert.equal(await stored(), before)
    })

  test('bodies – another content type, none – 415', async () => {
    for (const route of taking)
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        '',
      ]) {
        const got = await ask(route, { headers: { 'content-type': type } })
        assert.equal(
          refusalOf(route, got),
          '415 kernel.unsupported_media_type',
          `${route.name} ${type}`,
        )
      }
  })

  test('webhooks – malformed, oversized, of nobody’s form – refused; an odd content type is the sender’s affair', async () => {
    const before = await stored()
    for (const route of raw) {
      const path = pathOf(route, { provider: 'yookassa' })
      const answer = async (sent: Sent): Promise<string> =>
        refusalOf(route, await ask(route, { path, ...sent }))
      assert.equal(await answer({ body: '{"a":' }), '400 kernel.malformed_json', route.name)
      assert.equal(await answer({ body: OVERSIZED }), '413 kernel.payload_too_large', route.name)
      const odd = { body: 'event=paid', headers: { 'content-type': 'text/plain' } }
      for (const sent of [{ body: '{}' }, { body: '[]' }, { body: 'null' }, { body: '7' }, odd])
        assert.match(await answer(sent), /^400 [a-z]+\.webhook_invalid$/, route.name)
      if (Object.keys((route.params as Shape).properties ?? {}).includes('provider')) {
        const nobody = { path: pathOf(route, { provider: 'nobody' }), body: '{}' }
        assert.equal(await answer(nobody), '404 payments.unknown_provider')
      }
    }
    assert.equal(await stored(), before)
  })
})

/** Values of another type than the field's own. */
function mistyped({ type, anyOf }: Shape): readonly unknown[] {
  const typeOf = (value: unknown): string =>
    value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  if (anyOf !== undefined)
    return [7, {}, null, ['a']].filter((value) => !anyOf.some((s) => s.type === typeOf(value)))
  if (type === 'integer' || type === 'number') return ['one', {}, null]
  return type === 'array' ? ['one', {}, null, [null]] : [7, {}, null, ['a']]
}

const pointersOf = (got: Got): string[] =>
  ((got.body.errors ?? []) as { pointer: string }[]).map((error) => error.pointer)

const fieldsOf = (route: AnyRoute): [string, Shape][] =>
  Object.entries((route.body as Shape).properties ?? {})

describe('fields', { timeout: 280_000 }, () => {
  /** The body with this change is refused, and the answer points to the field. */
  async function assertPointed(route: AnyRoute, field: string, body: object): Promise<void> {
    const got = await ask(route, { body: JSON.stringify(body) })
    const line = `${route.name} ${JSON.stringify(body)}: ${got.text}`
    assert.equal(refusalOf(route, got), '400 kernel.invalid_input', line)
    assert.ok(
      pointersOf(got).some((pointer) => `${pointer}/`.startsWith(`/${field}/`)),
      line,
    )
  }

  test('fields – one that nobody declared – refused by name, in body and query', async () => {
    for (const route of taking)
      await assertPointed(route, 'unknown_field', { ...bodyOf(route), unknown_field: 1 })
    for (const route of offered) {
      const got = await ask(route, { path: `${pathOf(route)}?unknown_field=1` })
      if (route.service === 'gateway') assert.ok(got.status < 500, route.name)
      else {
        assert.equal(refusalOf(route, got), '400 kernel.invalid_input', route.name)
        assert.ok(pointersOf(got).includes('/query/unknown_field'), got.text)
      }
    }
  })

  test('fields – each of the wrong type – refused by name', async () => {
    let tried = 0
    for (const route of taking)
      for (const [field, shape] of fieldsOf(route))
        for (const value of mistyped(shape)) {
          await assertPointed(route, field, { ...bodyOf(route), [field]: value })
          tried += 1
        }
    assert.ok(tried >= 50, `${tried} tries`)
  })

  test('fields – each required one left out – refused by name', async () => {
    let tried = 0
    for (const route of taking)
      for (const field of (route.body as Shape).required ?? []) {
        const { [field]: _, ...rest } = bodyOf(route)
        await assertPointed(route, field, rest)
        tried += 1
      }
    assert.ok(tried >= 12, `${tried} tries`)
  })

  test('fields – a text with a NUL, with half a character, a text much too long – refused by name', async () => {
    for (const route of taking)
      for (const [field, shape] of fieldsOf(route))
        if (shape.type === 'string')
          // Half a character comes behind what fits, so that nothing else is wrong with it.
          for (const text of ['a\0b', `${fitting(shape)}\ud800`, 'x'.repeat(10_000)])
            await assertPointed(route, field, { ...bodyOf(route), [field]: text })
  })

  test('queries – days and instants that no calendar has – refused by name', async () => {
    let tried = 0
    for (const route of offered)
      for (const [name, shape] of Object.entries((route.query as Shape).properties ?? {})) {
        const [day, time] = ['2026-02-30', 'T00:00:00Z']
        const values = {
          date: [day, '2026-13-01'],
          'date-time': [
            ...[day + time, '2026-11-21T25:00:00Z', '2026-11-21T23:59:60Z'],
            ...['0000-01-01T00:00:00Z', `2026-11-21T12:00:00.${'1'.repeat(200)}Z`],
          ],
        }
        for (const value of values[shape.format as keyof typeof values] ?? []) {
          const got = await ask(route, { path: `${pathOf(route)}?${name}=${value}` })
          assert.equal(refusalOf(route, got), '400 kernel.invalid_input', `${route.name} ${value}`)
          assert.ok(pointersOf(got).includes(`/query/${name}`), got.text)
          tried += 1
        }
      }
    assert.ok(tried >= 40, `${tried} tries`)
  })

  test('queries – cursors of other lists, and made up – refused by name, or begin where they say', async () => {
    const parts = ['a\0b', 'Ledger', '1', -1, 1.5, 8.64e15, 1e300, Number.MAX_SAFE_INTEGER]
    const keys = parts.flatMap((a) => [
      [a],
      ...parts.flatMap((b) => [
        [a, b],
        [a, b, 'x'],
      ]),
    ])
    const lists = offered.filter(({ query }) => 'cursor' in ((query as Shape).properties ?? {}))
    assert.ok(lists.length >= 9, `${lists.length} lists`)
    for (const route of lists) {
      const { required = [], properties = {} } = route.query as Shape
      const given = required.map((name) => [name, String(fitting(properties[name] as Shape))])
      const refused = await Promise.all(
        keys.map(async (key) => {
          const cursor = Buffer.from(JSON.stringify(key)).toString('base64url')
          const query = new URLSearchParams([...given, ['cursor', cursor]])
          const got = await ask(route, { path: `${pathOf(route)}?${query}` })
          const line = `${route.name} ${JSON.stringify(key)}: ${got.text}`
          assert.ok(got.status < 500, line)
          if (got.body.code !== 'kernel.invalid_input') return false
          assert.equal(faultOf(route, got), undefined, line)
          assert.ok(pointersOf(got).includes('/query/cursor'), line)
          return true
        }),
      )
      assert.ok(refused.includes(true), route.name)
    }
  })

  test('addresses – parameters that are no id – refused by name or unknown, never looked for', async () => {
    for (const route of offered)
      for (const name of Object.keys((route.params as Shape).properties ?? {}))
        for (const text of [
          "' or 1=1 --",
          '../../etc',
          'x'.repeat(90),
          'x'.repeat(3_000),
          '%00',
          'ord_',
        ]) {
          const got = await ask(route, { path: pathOf(route, { [name]: text }) })
          assert.match(refusalOf(route, got), /^4\d\d [a-z]+\.[a-z_]+$/, `${route.name} ${text}`)
        }
  })
})

describe('keys', { timeout: 280_000 }, () => {
  test('idempotency keys – empty, too long, not ASCII in it, a card number – not usable', async () => {
    const keyed = taking.filter((route) => route.idempotent === true)
    assert.ok(keyed.length >= 2, `${keyed.length} routes with keys`)
    for (const route of keyed)
      for (const key of ['', 'x'.repeat(256), 'caf\u00e9', '4242 4242 4242 4242']) {
        const got = await ask(route, { headers: { 'idempotency-key': key } })
        assert.equal(
          refusalOf(route, got),
          '400 kernel.idempotency_key_invalid',
          JSON.stringify(key),
        )
      }
  })
})
