// Who may do what: every route without a token, with each role, with tokens that are not good, and with somebody else's things.

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { showItems } from '@rialto/flows/testing/shown.ts'
import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { testSecurity } from '@rialto/kernel/testing/security.ts'
import { type Buyer, newBuyer } from 'rialto/demo/buyer.ts'
import { openWorld, type PersonRole, type World } from '../flows/harness.ts'
import { gamesOf, type Ordered, order, pay, paymentBody, startPaying } from '../flows/shopper.ts'
import { faultOf, type Got, internal, offered, pathOf, send } from './routes.ts'

const ROLES: readonly PersonRole[] = ['customer', 'operator', 'developer']
const codeOf = (got: Got): string => `${got.status} ${String(got.body.code)}`

let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.stop())

/** What the door answers to a role. Beyond the door a service may have a refusal of its own: a developer without a company. */
async function assertDoor(route: AnyRoute, role: PersonRole | undefined): Promise<void> {
  const token = role === undefined ? undefined : await world.token(`usr_${'2'.repeat(26)}`, role)
  const got = await send(world.url, route, { token })
  const line = `${route.name} for ${role ?? 'nobody'}: ${codeOf(got)}`
  const may = route.access === 'public' || (role !== undefined && route.access.includes(role))
  const wanted = role === undefined ? '401 kernel.unauthenticated' : '403 kernel.forbidden'
  if (may) assert.ok(!/^(401|403) kernel/.test(codeOf(got)) && got.status < 500, line)
  else {
    assert.equal(codeOf(got), wanted, line)
    assert.equal(faultOf(route, got), undefined, line)
  }
}

describe('access', { timeout: 280_000 }, () => {
  test('routes – without a token, with each role – as declared', async (t) => {
    let refused = 0
    for (const route of offered)
      for (const role of [undefined, ...ROLES]) {
        await assertDoor(route, role)
        if (route.access !== 'public') refused += 1
      }
    assert.ok(refused >= 40, `${refused} tries of protected routes`)
    showItems(['M.R5'], t.fullName, 'every route')
  })

  test('routes – internal ones, with any token at all – not there', async () => {
    assert.ok(internal.length >= 3, `${internal.length} internal routes`)
    const service = await world.platform.security.tokens.serviceToken('orders')
    const operator = await world.token('usr_x', 'operator')
    for (const route of internal)
      for (const prefix of ['', '/api/v1'])
        for (const token of [undefined, operator, service]) {
          const got = await send(world.url, route, { token, path: prefix + pathOf(route) })
          assert.equal(codeOf(got), '404 kernel.not_found', route.name)
        }
  })
})

/** A token with its claims or its header changed, its signature left as it was. */
function altered(token: string, part: 0 | 1, change: object): string {
  const parts = token.split('.')
  const value = JSON.parse(Buffer.from(parts[part] ?? '', 'base64url').toString())
  parts[part] = Buffer.from(JSON.stringify({ ...value, ...change })).toString('base64url')
  return parts.join('.')
}

/** Signed by HMAC with the public key's text, as verifiers that believe the header's algorithm accept. */
async function confused(token: string): Promise<string> {
  const { keys } = await world.platform.security.jwks()
  const [head, claims] = altered(token, 0, { alg: 'HS256' }).split('.')
  const mac = createHmac('sha256', JSON.stringify(keys[0])).update(`${head}.${claims}`)
  return `${head}.${claims}.${mac.digest('base64url')}`
}

describe('tokens', { timeout: 280_000 }, () => {
  const me = (token: string | undefined, headers: Record<string, string> = {}): Promise<Got> => {
    const route = offered.find((each) => each.name === 'getMe') as AnyRoute
    return send(world.url, route, { token, headers })
  }
  let buyer: Buyer
  before(async () => {
    buyer = await newBuyer(world.url)
  })

  test('tokens – good, without signature, of no algorithm, altered, confused – only the first opens', async () => {
    const { token } = buyer
    assert.equal((await me(token)).status, 200)
    const bad = {
      unsigned: `${token.split('.').slice(0, 2).join('.')}.`,
      none: `${altered(token, 0, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
      promoted: altered(token, 1, { roles: ['operator'] }),
      stranger: altered(token, 1, { sub: `usr_${'3'.repeat(26)}` }),
      prolonged: altered(token, 1, { exp: 4_102_444_800 }),
      confused: await confused(token),
      short: token.slice(0, -4),
      nonsense: 'nonsense',
      long: 'x'.repeat(5_000),
    }
    for (const [name, text] of Object.entries(bad))
      assert.equal(codeOf(await me(text)), '401 auth.token_invalid', name)
  })

  test('tokens – of another platform, of another audience – foreign', async () => {
    const { env } = world.platform
    const other = await testSecurity({ clock: env.clock, ids: testIds(3) })
    const subject = { sub: buyer.userId, roles: ['customer'] as const, sid: 'ses_x' }
    const { token } = await other.tokens.issueAccessToken(subject)
    assert.equal(codeOf(await me(token)), '401 auth.token_foreign')
    const service = await world.platform.security.tokens.serviceToken('orders')
    assert.equal(codeOf(await me(service)), '401 auth.token_foreign')
  })

  test('tokens – an operator’s role in a service’s token, a service’s role for a person – neither opens', async () => {
    const { tokens } = world.platform.security
    const forged = { sub: 'usr_x', roles: ['service'] as unknown as PersonRole[], sid: 'ses_x' }
    const { token } = await tokens.issueAccessToken(forged)
    assert.equal(codeOf(await me(token)), '401 auth.token_invalid')
  })

  test('tokens – in another scheme, twice – not taken', async () => {
    const basic = { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` }
    assert.equal(codeOf(await me(undefined, basic)), '401 auth.token_invalid')
    const twice = { authorization: `Bearer ${buyer.token}, Bearer ${buyer.token}` }
    assert.equal(codeOf(await me(undefined, twice)), '401 auth.token_invalid')
  })

  test('tokens – eleven minutes old – expired, also where it was good a moment ago', async () => {
    const { userId } = buyer
    const fresh = await world.token(userId, 'customer')
    const unseen = await world.token(userId, 'customer')
    assert.equal((await me(fresh)).status, 200)
    world.advance(11 * MINUTE)
    assert.equal(codeOf(await me(fresh)), '401 auth.token_expired')
    assert.equal(codeOf(await me(unseen)), '401 auth.token_expired')
  })
})

/** What there is of hers, by the kind of its id. */
interface Belongings {
  /** Waits on the provider's page. */
  readonly ord: string
  readonly pay: string
  /** Of an order that was paid, with its receipt. */
  readonly paid: string
  /** That order. */
  readonly done: string
  readonly pmt: string
  /** What she was told, and the browser that she is told by. */
  readonly ntf: string
  readonly psh: string
}
interface Owned {
  readonly of: keyof Belongings
  path?(id: string): string
  body?(id: string): object
  /** Answers with what there is of it: to a stranger, with nothing. */
  readonly isList?: true
}

/** How each route that names something of somebody's is asked for it. A route that is not here fails the test. */
const OWNED: Readonly<Record<string, Owned>> = {
  getOrder: { of: 'ord', path: (id) => `/orders/${id}` },
  changeOrder: { of: 'ord', path: (id) => `/orders/${id}` },
  getFlow: { of: 'ord', path: (id) => `/flows/${id}` },
  initiatePayment: { of: 'ord', body: paymentBody },
  getPayment: { of: 'pay', path: (id) => `/payments/transactions/${id}` },
  getReceipt: { of: 'paid', path: (id) => `/payments/transactions/${id}/receipt` },
  removePaymentMethod: { of: 'pmt', path: (id) => `/payments/methods/${id}` },
  readNotification: { of: 'ntf', path: (id) => `/notifications/${id}/read` },
  removePushSubscription: { of: 'psh', path: (id) => `/notifications/push-subscriptions/${id}` },
  cancelOrder: { of: 'ord', path: (id) => `/orders/${id}/cancel` },
  listPayments: {
    of: 'ord',
    path: (id) => `/payments/transactions?order_id=${id}`,
    isList: true,
  },
  listNotifications: { of: 'done', path: (id) => `/notifications?order_id=${id}`, isList: true },
}

/** Every list that customers may ask for. */
const LISTS = [
  'listLibraryItems',
  'listNotifications',
  'listOrders',
  'listPaymentMethods',
  'listPayments',
]
const itemsOf = ({ body }: Got): readonly unknown[] | undefined =>
  body.items as readonly unknown[] | undefined

describe('other people’s things', { timeout: 280_000 }, () => {
  let anna: Buyer
  let boris: Buyer
  let hers: Belongings
  const paymentOf = async ({ orderId }: Ordered): Promise<string> => {
    const sql = 'select payment_id from payments.payments where order_id = $1'
    return (await world.db.pool.query(sql, [orderId])).rows[0].payment_id
  }
  before(async () => {
    boris = await newBuyer(world.url)
    const waiting = await order(world.url)
    anna = waiting.buyer
    const [, game] = await gamesOf(world.url)
    const done = await order(world.url, { buyer: anna, ...(game === undefined ? {} : { game }) })
    await startPaying(world.url, waiting)
    await pay(world.url, done)
    await world.rest()
    const [ord, paid] = [waiting.orderId, await paymentOf(done)]
    const pmt = `pmt_${'7'.repeat(26)}`
    await world.db.pool.query(
      `insert into payments.methods (method_id, user_id, provider, type, title, token, payment_id, created_at)
       values ($1, $2, 'yookassa', 'bank_card', 'card', 'sealed', $3, now())`,
      [pmt, anna.userId, paid],
    )
    const psh = `psh_${'7'.repeat(26)}`
    await world.db.pool.query(
      `insert into notifications.push_subscriptions (subscription_id, user_id, endpoint_index, sealed, created_at)
       values ($1, $2, '\\x00', 'f1.sealed', now())`,
      [psh, anna.userId],
    )
    const told = await world.db.pool.query(
      'select notice_id from notifications.notices where user_id = $1 and not quiet limit 1',
      [anna.userId],
    )
    const ntf = told.rows[0].notice_id as string
    hers = { ord, pay: await paymentOf(waiting), paid, done: done.orderId, pmt, ntf, psh }
  })

  const forCustomers = offered.filter(
    ({ access }) => access !== 'public' && access.includes('customer'),
  )
  /** Routes for customers that take an id in their address, or the id of an order in their query or body. */
  const about = forCustomers.filter(({ params, query, body }) => {
    const names = [params, query, body].flatMap((part) => Object.keys(part.properties ?? {}))
    return names.some((name) => /_id$|^key$/.test(name) && name !== 'product_id')
  })
  const ownedOf = (route: AnyRoute): Owned => OWNED[route.name] as Owned
  const ask = (route: AnyRoute, id: string, token: string): Promise<Got> => {
    const { path, body } = ownedOf(route)
    return send(world.url, route, {
      token,
      ...(path === undefined ? {} : { path: path(id) }),
      ...(body === undefined ? {} : { body: JSON.stringify(body(id)) }),
    })
  }
  /** Rows that a stranger could have changed. */
  const stateOf = async (): Promise<unknown> => {
    const sql = `select o.version as orders, p.version as payments, m.removed_at,
        (select count(read_at) from notifications.notices n where n.user_id = $1) as read,
        (select count(*) from notifications.push_subscriptions s where s.user_id = $1) as browsers
      from orders.orders o join payments.payments p using (order_id), payments.methods m
      where o.user_id = $1 and m.user_id = $1 order by o.order_id, p.payment_id`
    return (await world.db.pool.query(sql, [anna.userId])).rows
  }

  test('routes – those that name something of somebody’s – are all tried below', () => {
    assert.deepEqual(about.map((route) => route.name).sort(), Object.keys(OWNED).sort())
  })

  test('routes – asked by a stranger – answer as if there were no such thing, and change nothing', async () => {
    const before = await stateOf()
    for (const route of about) {
      const { of, isList } = ownedOf(route)
      const id = hers[of]
      const nobodys = `${id.slice(0, 4)}${'0'.repeat(26)}`
      const stranger = await ask(route, id, boris.token)
      assert.equal(stranger.status, isList ? 200 : 404, route.name)
      if (isList) assert.deepEqual(itemsOf(stranger), [], route.name)
      else assert.equal(faultOf(route, stranger), undefined)
      const nothing = await ask(route, nobodys, boris.token)
      const comparable = ({ body }: Got, own: string): string =>
        JSON.stringify({ ...body, trace_id: '' }).replaceAll(own, '')
      assert.equal(comparable(stranger, id), comparable(nothing, nobodys))
    }
    assert.deepEqual(await stateOf(), before)
  })

  test('lists – hers, then a stranger’s – hold what she has, and nothing of it', async () => {
    const lists = forCustomers.filter(({ name }) => name.startsWith('list'))
    assert.deepEqual(lists.map(({ name }) => name).sort(), LISTS)
    // What must be told whose it is to list is among those that name it.
    for (const route of lists.filter(({ name }) => name !== 'listPayments')) {
      const own = await send(world.url, route, { token: anna.token })
      assert.ok(itemsOf(own)?.length, `${route.name}: ${own.text}`)
      const strangers = await send(world.url, route, { token: boris.token })
      assert.equal(strangers.status, 200, route.name)
      const hersToo = itemsOf(strangers)?.filter((item) =>
        itemsOf(own)?.some((one) => isDeepStrictEqual(one, item)),
      )
      assert.deepEqual(hersToo, [], route.name)
    }
  })

  test('routes – asked by herself – find it', async () => {
    const last = about.toSorted(
      (a, b) => Number(a.name === 'cancelOrder') - Number(b.name === 'cancelOrder'),
    )
    for (const route of last) {
      const { of, isList } = ownedOf(route)
      const got = await ask(route, hers[of], anna.token)
      assert.ok(got.status < 300 || got.status === 409, `${route.name}: ${got.text}`)
      if (isList) assert.ok(itemsOf(got)?.length, `${route.name}: ${got.text}`)
    }
  })
})

describe('headers of ours', { timeout: 280_000 }, () => {
  test('headers – cause, flow, correlation, address, sent from outside – believed by nobody', async () => {
    const { buyer, orderId: other } = await order(world.url)
    const route = offered.find((each) => each.name === 'initiateOrder') as AnyRoute
    const { rows } = await world.db.pool.query(
      'select product_id from catalog.products order by product_id desc limit 1',
    )
    const claimed = '01a1fc8a-bd5d-7140-8ca4-b5bee0380258'
    const got = await send(world.url, route, {
      token: buyer.token,
      body: JSON.stringify({ product_id: rows[0].product_id, quantity: 1 }),
      headers: {
        ...{ 'x-correlation-id': claimed, 'x-cause-id': claimed, 'x-flow': other },
        ...{ 'x-client-ip': '203.0.113.9', 'x-forwarded-for': '203.0.113.9' },
        traceparent: `00-${claimed.replaceAll('-', '')}-bd5d71408ca4b5be-01`,
      },
    })
    assert.equal(got.status, 201, got.text)
    assert.notEqual(got.headers['x-correlation-id'], claimed)
    assert.equal(got.headers['x-flow'], undefined)
    await world.rest()
    const orderId = String(got.body.order_id)
    const log = await world.db.pool.query(
      `select count(*)::int as n from bus.log where headers::text like '%' || $1 || '%' or (headers->>'flow') = $2 and data->>'order_id' = $3`,
      [claimed, other, orderId],
    )
    assert.equal(log.rows[0].n, 0)
    const recorded = await world.db.pool.query(
      'select count(*)::int as n from observer.interactions where flow = $1 and parent = $2',
      [orderId, claimed],
    )
    assert.equal(recorded.rows[0].n, 0)
    assert.equal((await world.verdict(orderId)).verdict, 'running')
    const lines = (await world.logged()).filter((line) => line.includes('203.0.113.9'))
    assert.deepEqual(lines, [])
  })
})

describe('limits', { timeout: 280_000 }, () => {
  test('requests – one more a minute than an address may – refused, and told when to come back', async (t) => {
    const limited = await openWorld({ settings: { GATEWAY_REQUESTS_PER_ADDRESS: '5' } })
    t.after(() => limited.stop())
    const route = offered.find((each) => each.name === 'listProducts') as AnyRoute
    const path = '/catalog/products'
    for (let i = 0; i < 5; i++) assert.equal((await send(limited.url, route, { path })).status, 200)
    const got = await send(limited.url, route, { path })
    assert.equal(codeOf(got), '429 kernel.rate_limited')
    assert.equal(faultOf(route, got), undefined)
    assert.match(String(got.headers['retry-after']), /^[1-9]\d?$/)
    showItems(['M.R4'], t.fullName, 'one address')
  })
})
