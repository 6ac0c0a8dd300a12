// What must never lie in the database or the log: card numbers, and secrets in plain. Afterwards both are read whole, and the
// search is proved on something planted.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import { showItems } from '@rialto/flows/testing/shown.ts'
import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import { callApi, expectStatus, newBuyer } from 'rialto/demo/buyer.ts'
import { openWorld, type PersonRole, type World } from '../flows/harness.ts'
import { order, pay } from '../flows/shopper.ts'
import { bodyOf, offered, pathOf, type Sent, type Shape, send } from './routes.ts'

const CARD = '4242424242424242'
const SPACED = '4242 4242 4242 4242'
/** The number as it may come: plain, in groups, in an address, in an e-mail address, within a sentence. */
const FORMS = [
  CARD,
  SPACED,
  SPACED.replaceAll(' ', '-'),
  `https://shop.example/?n=${CARD}`,
  `${CARD}@x.example`,
  `mine: ${SPACED}.`,
]
/** As bytes are shown: `body` of a webhook is kept as it came. */
const asHex = (text: string): string => Buffer.from(text).toString('hex')

let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.stop())

/** Tables with a row in which one of the texts stands, in any column of any type. */
async function tablesWith(texts: readonly string[]): Promise<string[]> {
  const pool = world.db.pool
  const { rows } = await pool.query(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  )
  assert.ok(rows.length >= 20, `${rows.length} tables`)
  const wanted = texts.flatMap((text) => [text, asHex(text)])
  const found: string[] = []
  for (const { name } of rows) {
    const sql = `select from ${name} t, unnest($1::text[]) w where position(w in t::text) > 0 limit 1`
    if ((await pool.query(sql, [wanted])).rowCount === 1) found.push(name)
  }
  return found
}

const linesWith = async (texts: readonly string[]): Promise<string[]> =>
  (await world.logged()).filter((line) => texts.some((text) => line.includes(text)))

test('search – a text planted in a column of text, of JSON, of bytes – found in each', async () => {
  await world.db.pool.query(`
    create schema planted;
    create table planted.plain (x text); insert into planted.plain values ('a planted-secret b');
    create table planted.nested (x jsonb); insert into planted.nested values ('{"a":["planted-secret"]}');
    create table planted.bytes (x bytea); insert into planted.bytes values ('planted-secret')`)
  const found = await tablesWith(['planted-secret'])
  await world.db.pool.query('drop schema planted cascade')
  assert.deepEqual(found.sort(), ['planted.bytes', 'planted.nested', 'planted.plain'])
  world.platform.env.log.info({ note: 'planted-secret' }, 'planted')
  assert.equal((await linesWith(['planted-secret'])).length, 1)
})

/** The same value with this text in one of its text fields; one for each such field. */
function withText(shape: Shape, value: unknown, text: string): unknown[] {
  if (shape.type === 'string') return [text]
  if (shape.type === 'array')
    return (value as unknown[]).flatMap((item) =>
      withText(shape.items ?? {}, item, text).map((one) => [one]),
    )
  return Object.entries(shape.properties ?? {}).flatMap(([name, inner]) =>
    withText(inner, (value as Record<string, unknown>)[name], text).map((one) => ({
      ...(value as object),
      [name]: one,
    })),
  )
}

/** Every way in which this route can be given the number in a field that it has. */
function attacksOn(route: AnyRoute, form: string): Sent[] {
  const inBody = withText(route.body as Shape, bodyOf(route), form)
  const inParams = Object.keys((route.params as Shape).properties ?? {})
  const inQuery = Object.keys((route.query as Shape).properties ?? {})
  return [
    ...inBody.map((body) => ({ body: JSON.stringify(body) })),
    ...inParams.map((name) => ({ path: pathOf(route, { [name]: form }) })),
    ...inQuery.map((name) => ({ path: `${pathOf(route)}?${name}=${encodeURIComponent(form)}` })),
  ]
}

/** And around its fields. */
const besidesOf = (route: AnyRoute): Sent[] => [
  { path: `${pathOf(route)}?${CARD}=1` },
  { body: JSON.stringify({ [CARD]: 'x' }) },
  { headers: { 'idempotency-key': CARD } },
  { headers: { authorization: `Bearer ${CARD}` } },
  { headers: { 'user-agent': CARD, 'x-correlation-id': CARD, referer: CARD } },
]

/** What providers send is kept as it came, so it is looked into as well. */
const webhooksWith = (form: string): Sent[] => {
  const path = '/webhooks/yookassa'
  const card = { payment_method: { card: { number: form } } }
  const object = { id: 'nobody', status: 'succeeded', metadata: { note: form }, ...card }
  const told = { type: 'notification', event: 'payment.succeeded', object }
  return [
    { path, body: JSON.stringify(told) },
    { path, body: `n=${form}`, headers: { 'content-type': 'text/plain' } },
  ]
}

describe('card numbers', { timeout: 280_000 }, () => {
  test('card number – in every text of every route – taken nowhere, stored nowhere, logged nowhere', async () => {
    const buyer = await newBuyer(world.url)
    const tokens = new Map<string, string>()
    for (const role of ['customer', 'operator', 'developer'] as const)
      tokens.set(role, await world.token(buyer.userId, role))
    let sent = 0
    for (const route of offered) {
      const role = route.access === 'public' ? '' : (route.access as readonly PersonRole[])[0]
      const token = tokens.get(role ?? '')
      const inFields = FORMS.flatMap((form) => [
        ...attacksOn(route, form),
        ...(route.raw === true ? webhooksWith(form) : []),
      ])
      for (const attack of [...inFields, ...besidesOf(route)]) {
        const key = route.idempotent === true ? { 'idempotency-key': randomUUID() } : {}
        const headers = { ...key, ...attack.headers }
        const got = await send(world.url, route, { token, ...attack, headers })
        const line = `${route.name} ${JSON.stringify(attack)}: ${got.text}`
        assert.ok(got.status < 500, line)
        assert.ok(!got.text.includes(CARD) && !got.text.includes(SPACED), line)
        sent += 1
      }
    }
    assert.ok(sent >= 250, `${sent} requests`)
    await world.rest()
    const forms = [CARD, SPACED, SPACED.replaceAll(' ', '-')]
    assert.deepEqual(await tablesWith(forms), [])
    assert.deepEqual(await linesWith(forms), [])
  })

  test('card number – in a field that would take it – refused, and the answer says where it belongs', async () => {
    const register = offered.find((route) => route.name === 'registerUser') as AnyRoute
    const body = JSON.stringify({ ...bodyOf(register), display_name: SPACED })
    const { status, body: answer } = await send(world.url, register, { body })
    assert.deepEqual([status, answer.code], [400, 'kernel.invalid_input'])
    assert.match(JSON.stringify(answer.errors), /\/display_name.*page of the payment provider/)
  })
})

describe('secrets', { timeout: 280_000 }, () => {
  test('secrets – after a purchase and failed log-ins – in no table and no line of the log', async (t) => {
    const ordered = await order(world.url)
    await pay(world.url, ordered)
    await world.rest()
    const [login] = demoLogins
    const { email, password } = login
    const { access_token: token } = await expectStatus(
      200,
      callApi<{ access_token: string }>(world.url, 'POST /users/login', {
        body: { email, password },
      }),
    )
    const wrong = { email, password: 'a wrong password of mine' }
    await expectStatus(401, callApi(world.url, 'POST /users/login', { body: wrong }))
    const secrets = [
      ...[password, wrong.password, 'a sandbox password only', 'sandbox_only'],
      ...[token, ordered.buyer.token, token.split('.')[2] ?? ''],
      ...[world.environment.MASTER_KEY ?? '', email, 'buyer-'],
    ]
    assert.deepEqual(await linesWith(secrets), [])
    assert.deepEqual(await tablesWith(secrets.filter((secret) => secret !== 'buyer-')), [])
    const lines = await world.logged()
    assert.ok(lines.length >= 5, `${lines.length} lines`)
    for (const line of lines) {
      const { level, time, msg } = JSON.parse(line)
      assert.ok(
        [level, time, msg].every((text) => typeof text === 'string'),
        line,
      )
    }
    showItems(['M.R9'], t.fullName, 'the log of this file')
  })
})
