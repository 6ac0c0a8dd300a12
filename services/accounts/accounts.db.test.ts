import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import {
  getJwks,
  getMe,
  getUser,
  issueLink,
  logIn,
  registerUser,
  resetPassword,
} from '@rialto/contracts/accounts/http.ts'
import { openLogWriter } from '@rialto/kernel/bus/log.ts'
import { keepingHere } from '@rialto/kernel/cache/open.ts'
import { silentLog } from '@rialto/kernel/observability/log.ts'
import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { DAY, MINUTE } from '@rialto/kernel/pure/time.ts'
import { anonymous, type Caller, Context, serviceCaller } from '@rialto/kernel/service/context.ts'
import { mount } from '@rialto/kernel/service/dispatch.ts'
import type { RawRequest } from '@rialto/kernel/service/mount.ts'
import { kernelProblems } from '@rialto/kernel/service/problems.ts'
import { unitOf } from '@rialto/kernel/service/unit.ts'
import { testClock } from '@rialto/kernel/testing/clock.ts'
import { testDatabase } from '@rialto/kernel/testing/database.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { testSecurity } from '@rialto/kernel/testing/security.ts'
import { type Parts, partsOf } from './config.ts'
import { accounts } from './service.ts'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Record<string, unknown>
}

async function open(t: TestContext, settings: Record<string, string> = {}) {
  const db = await testDatabase(t, { services: [accounts] })
  const clock = testClock()
  const ids = testIds()
  const security = await testSecurity({ clock, ids })
  const plain = partsOf({ settings, security, ...keepingHere(clock, silentLog) })
  const verified: (string | undefined)[] = []
  const meanwhile: (() => Promise<unknown>)[] = []
  const parts: Parts = {
    ...plain,
    passwords: {
      ...plain.passwords,
      verify: async (stored, password) => {
        verified.push(stored)
        const right = await plain.passwords.verify(stored, password)
        await meanwhile.shift()?.()
        return right
      },
    },
  }
  const pool = db.poolFor('accounts')
  const { append } = await openLogWriter(db.pool, ['accounts'])
  const env = { clock, ids, log: silentLog, recorder: { record: () => undefined } }
  const mounted = mount(accounts, { pool, env, parts, clients: () => ({}), append })
  const call = async (route: AnyRoute, more: Partial<RawRequest> = {}): Promise<Answer> => {
    const reply = await mounted.call(route, {
      params: {},
      query: {},
      headers: {},
      body: undefined,
      caller: anonymous,
      ip: '192.0.2.1',
      ...more,
    })
    return { ...reply, body: JSON.parse(reply.body ?? '{}') }
  }
  const seed = () => {
    const ctx = new Context(env, {
      service: 'accounts',
      participant: 'UserService',
      caller: serviceCaller('accounts'),
    })
    const unit = unitOf({ pool, append }, ctx)
    return accounts.seed?.({ unit, parts: parts as never, now: clock.now() })
  }
  const rows = async (text: string): Promise<Record<string, unknown>[]> =>
    (await db.pool.query(text)).rows
  return { call, seed, rows, verified, meanwhile, security, clock }
}

const MAIL = 'Lantern.Keeper@example.org'
const NAME = 'Keeper of Lanterns'
const PASSWORD = 'wet lanterns in the rain'
const draft = { email: MAIL, password: PASSWORD, display_name: NAME }
/** Of the same password, with less memory and one pass. */
const CHEAP_HASH =
  '$argon2id$v=19$m=8192,t=1,p=1$ZAwG6ymo+MZv0htwbQq9wA$6lVwY0EjA2Q4b6WYtK8li1A0CH3JFj6VGmpeEsTiovQ'
const right = { email: MAIL, password: PASSWORD }

test('register – a good request – makes an account, its event in the same commit, and nothing plain', async (t) => {
  const { call, rows, clock } = await open(t)
  const made = await call(registerUser, { body: draft })
  assert.equal(made.status, 201)
  const { user_id, ...rest } = made.body
  assert.match(String(user_id), /^usr_/)
  assert.deepEqual(rest, {
    email: MAIL,
    display_name: NAME,
    region: 'RU',
    locale: 'ru',
    tier: 'standard',
    roles: ['customer'],
    email_verified: false,
    created_at: new Date(clock.now()).toISOString(),
  })
  const events = await rows('select type, key, data, xmin::text from bus.log')
  const users = await rows('select *, xmin::text from accounts.users')
  assert.equal(events.length, 1)
  assert.deepEqual(
    [events[0]?.type, events[0]?.key, events[0]?.xmin],
    ['user.registered', user_id, users[0]?.xmin],
  )
  assert.deepEqual(events[0]?.data, {
    user_id,
    region: 'RU',
    registered_at: rest.created_at,
  })
})

test('register and log in – every table of the database – holds no address, name or password', async (t) => {
  const { call, rows } = await open(t)
  const headers = { 'idempotency-key': 'register-1' }
  assert.equal((await call(registerUser, { body: draft, headers })).status, 201)
  assert.equal((await call(logIn, { body: right, headers })).status, 200)
  const tables = await rows(`select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`)
  let seen = 0
  for (const { name } of tables) {
    for (const { text } of await rows(`select to_jsonb(r)::text as text from ${name} r`)) {
      seen += 1
      for (const secret of ['lantern', 'Keeper', 'example.org'])
        assert.ok(!String(text).toLowerCase().includes(secret.toLowerCase()), `${name}: ${secret}`)
    }
  }
  assert.ok(seen >= 5, `${seen} rows: user, session, event, two data keys`)
})

test('register – bad input – is refused by field, and leaves nothing', async (t) => {
  const { call, rows } = await open(t)
  const cases: readonly (readonly [Record<string, unknown>, string, string])[] = [
    [{ email: 'nobody' }, 'kernel.invalid_input', '/email'],
    [{ email: 'a b@c' }, 'kernel.invalid_input', '/email'],
    [{ email: `${'x'.repeat(250)}@y.zz` }, 'kernel.invalid_input', '/email'],
    [{ display_name: '' }, 'kernel.invalid_input', '/display_name'],
    [{ display_name: 'a\0b' }, 'kernel.invalid_input', '/display_name'],
    [{ region: 'ru' }, 'kernel.invalid_input', '/region'],
    [{ locale: 'de' }, 'kernel.invalid_input', '/locale'],
    [{ roles: ['operator'] }, 'kernel.invalid_input', '/roles'],
    [{ password: 'x'.repeat(201) }, 'kernel.invalid_input', '/password'],
    [{ password: 'nine char' }, 'accounts.weak_password', '/password'],
    [{ password: 'Password123' }, 'accounts.weak_password', '/password'],
    [{ password: MAIL.toUpperCase() }, 'accounts.weak_password', '/password'],
  ]
  for (const [change, code, pointer] of cases) {
    const { status, body } = await call(registerUser, { body: { ...draft, ...change } })
    assert.deepEqual([status, body.code], [400, code], JSON.stringify(change))
    assert.deepEqual(
      (body.errors as { pointer: string }[]).map((e) => e.pointer),
      [pointer],
    )
    assert.ok(!JSON.stringify(body).includes('Password123'))
  }
  assert.deepEqual(await rows('select from accounts.users'), [])
})

test('register – an address that has an account, spelled otherwise – is taken', async (t) => {
  const { call, rows } = await open(t)
  await call(registerUser, { body: draft })
  for (const email of [
    MAIL,
    MAIL.toLowerCase(),
    MAIL.toUpperCase(),
    'Ｌantern.keeper@example.org',
  ]) {
    const { status, body } = await call(registerUser, { body: { ...draft, email } })
    assert.deepEqual([status, body.code], [409, 'accounts.email_taken'], email)
  }
  assert.equal((await rows('select from accounts.users')).length, 1)
  assert.equal((await rows('select from bus.log')).length, 1)
})

test('register – eight times one address at once, in an empty database – one account, one event, seven refusals', async (t) => {
  const { call, rows } = await open(t)
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => call(registerUser, { body: draft })),
  )
  assert.deepEqual(answers.map((a) => a.status).sort(), [201, ...Array<number>(7).fill(409)])
  assert.equal((await rows('select from accounts.users')).length, 1)
  assert.equal((await rows('select from bus.log')).length, 1)
  // Its own and the root of the blind indexes; those of the refused are rolled back.
  assert.equal((await rows('select from kernel.data_keys')).length, 2)
})

test('log in – right – answers a token of the account, with a session', async (t) => {
  const { call, rows, security, clock } = await open(t)
  const { body: user } = await call(registerUser, { body: draft })
  const { status, body } = await call(logIn, {
    body: { ...right, email: MAIL.toLowerCase() },
  })
  assert.equal(status, 200)
  assert.deepEqual([body.token_type, body.expires_in, body.user], ['Bearer', 600, user])
  const token = String(body.access_token)
  const caller = await security.verifierOf(['public']).verify(token)
  const { session, ...rest } = caller
  assert.deepEqual(rest, { kind: 'user', id: user.user_id, roles: ['customer'] })
  const sessions = await rows('select session_id, user_id, expires_at from accounts.sessions')
  assert.deepEqual(sessions, [
    { session_id: session, user_id: user.user_id, expires_at: clock.now() + 30 * DAY },
  ])
  assert.deepEqual((await call(getMe, { caller })).body, user)
})

test('log in – unknown address and wrong password – one answer, after one verification each', async (t) => {
  const { call, rows, verified } = await open(t)
  await call(registerUser, { body: draft })
  const wrong = await call(logIn, { body: { ...right, password: 'dry lanterns' } })
  const unknown = await call(logIn, { body: { ...right, email: 'nobody@example.org' } })
  const { trace_id: one, ...wrongBody } = wrong.body
  const { trace_id: other, ...unknownBody } = unknown.body
  assert.notEqual(one, other)
  assert.deepEqual([wrong.status, wrongBody.code], [401, 'accounts.wrong_credentials'])
  assert.deepEqual({ ...unknown, body: unknownBody }, { ...wrong, body: wrongBody })
  assert.equal(verified.length, 2)
  assert.match(String(verified[0]), /^\$argon2id/)
  assert.equal(verified[1], undefined)
  assert.deepEqual(await rows('select from accounts.sessions'), [])
})

test('log in – no turn to verify its password in – is told to come back, and that is no try', async (t) => {
  const { call, meanwhile } = await open(t, { ACCOUNTS_LOGINS_PER_EMAIL: '2' })
  await call(registerUser, { body: draft })
  for (let i = 0; i < 5; i++) {
    meanwhile.push(() => Promise.reject(new Problem(kernelProblems.unavailable)))
    assert.equal((await call(logIn, { body: right })).status, 503)
  }
  assert.equal((await call(logIn, { body: right })).status, 200)
})

test('log in – before anybody has registered – is refused as any other', async (t) => {
  const { call } = await open(t)
  const { status, body } = await call(logIn, { body: right })
  assert.deepEqual([status, body.code], [401, 'accounts.wrong_credentials'])
})

test('log in – an account guessed at from one address – is throttled there, its owner elsewhere is not, and the right password forgives', async (t) => {
  const { call, verified } = await open(t, {
    ...{ ACCOUNTS_LOGINS_PER_EMAIL: '3', ACCOUNTS_LOGINS_PER_ACCOUNT: '7' },
  })
  await call(registerUser, { body: draft })
  const attempt = (email: string, password: string, n: number) =>
    call(logIn, { body: { email, password }, ip: `192.0.2.${n}` })
  const wrong = async (n: number, times: number, email = MAIL) => {
    for (let i = 0; i < times; i++) assert.equal((await attempt(email, 'wrong', n)).status, 401)
  }
  await wrong(1, 2)
  assert.equal((await attempt(MAIL, PASSWORD, 1)).status, 200)
  await wrong(1, 3, MAIL.toUpperCase())
  const before = verified.length
  for (let i = 0; i < 9; i++) {
    const refused = await attempt(MAIL, PASSWORD, 1)
    assert.deepEqual([refused.status, refused.body.code], [429, 'accounts.too_many_attempts'])
    assert.match(String(refused.headers['retry-after']), /^\d+$/)
  }
  assert.equal(verified.length, before)
  assert.equal((await attempt(MAIL, PASSWORD, 2)).status, 200)
  // Addresses without an account run out the same way, from one address and from many.
  for (const email of [MAIL, 'b@example.org']) {
    await wrong(3, 3, email)
    assert.equal((await attempt(email, PASSWORD, 3)).status, 429)
    await wrong(4, 3, email)
    await wrong(5, 1, email)
    assert.equal((await attempt(email, PASSWORD, 6)).status, 429)
  }
})

test('log in and register – too many from one address – are throttled apart', async (t) => {
  const { call, rows } = await open(t, {
    ACCOUNTS_LOGINS_PER_ADDRESS: '2',
    ACCOUNTS_REGISTRATIONS_PER_ADDRESS: '2',
  })
  const attempt = (n: number) => call(logIn, { body: { ...right, email: `a${n}@example.org` } })
  const enter = (n: number, ip = '192.0.2.1') =>
    call(registerUser, { ip, body: { ...draft, email: `a${n}@example.org` } })
  assert.deepEqual([(await attempt(1)).status, (await attempt(2)).status], [401, 401])
  assert.equal((await attempt(3)).status, 429)
  assert.deepEqual([(await enter(1)).status, (await enter(2)).status], [201, 201])
  const refused = await enter(3)
  assert.deepEqual([refused.status, refused.body.code], [429, 'accounts.too_many_attempts'])
  assert.ok(Number(refused.body.retry_after) > 0)
  assert.equal((await enter(3, '192.0.2.2')).status, 201)
  assert.equal((await rows('select from accounts.users')).length, 3)
})

test('log in – a hash of earlier costs – is made anew', async (t) => {
  const { call, rows } = await open(t)
  await call(registerUser, { body: draft })
  const hashOf = async () =>
    String((await rows('select password_hash from accounts.users'))[0]?.password_hash)
  const first = await hashOf()
  await call(logIn, { body: right })
  assert.equal(await hashOf(), first)
  await rows(`update accounts.users set password_hash = '${CHEAP_HASH}'`)
  assert.equal((await call(logIn, { body: right })).status, 200)
  assert.match(await hashOf(), /^\$argon2id\$v=19\$m=19456/)
  assert.equal((await call(logIn, { body: right })).status, 200)
})

test('log in – while a new password is set – is refused, or its session is ended with the others', async (t) => {
  const { call, rows, meanwhile } = await open(t)
  const { body: user } = await call(registerUser, { body: draft })
  const params = { user_id: String(user.user_id) }
  const reset = async (password: string) => {
    const caller = serviceCaller('notifications')
    const { body: link } = await call(issueLink, {
      ...{ params, caller, body: { purpose: 'reset_password' } },
    })
    const answer = await call(resetPassword, { body: { token: String(link.token), password } })
    assert.equal(answer.status, 204)
  }
  meanwhile.push(() => reset('dry lanterns in the sun'))
  const late = await call(logIn, { body: right })
  assert.deepEqual([late.status, late.body.code], [401, 'accounts.wrong_credentials'])
  const good = 'select from accounts.sessions where ended_at is null'
  assert.deepEqual(await rows(good), [])
  // At the same moment, in whichever order the two commit.
  const password = 'dry lanterns in the sun'
  for (let round = 0; round < 5; round++) {
    await reset(password)
    await Promise.all([
      ...[1, 2].map(() => call(logIn, { body: { ...right, password } })),
      reset(`${password} ${round}`),
    ])
    assert.deepEqual(await rows(good), [])
    await reset(password)
  }
})

test('log in – twice at once with a hash of earlier costs – is let in twice', async (t) => {
  const { call, rows, meanwhile } = await open(t)
  await call(registerUser, { body: draft })
  await rows(`update accounts.users set password_hash = '${CHEAP_HASH}'`)
  meanwhile.push(async () => assert.equal((await call(logIn, { body: right })).status, 200))
  assert.equal((await call(logIn, { body: right })).status, 200)
  const both = await Promise.all([1, 2].map(() => call(logIn, { body: right })))
  assert.deepEqual(
    both.map((answer) => answer.status),
    [200, 200],
  )
})

test('users – for themselves and for services – are shown, unknown and erased ones are not there', async (t) => {
  const { call, rows, clock } = await open(t)
  const { body: user } = await call(registerUser, {
    body: { ...draft, region: 'DE', locale: 'en' },
  })
  const params = { user_id: String(user.user_id) }
  const self: Caller = { kind: 'user', id: params.user_id, roles: ['customer'] }
  const service = serviceCaller('orders')
  assert.deepEqual((await call(getUser, { params, caller: service })).body, user)
  assert.equal((await call(getUser, { params, caller: self })).status, 403)
  assert.equal((await call(getMe)).status, 401)
  assert.equal((await call(getMe, { caller: service })).status, 403)
  const malformed = await call(getUser, { params: { user_id: 'usr_1' }, caller: service })
  assert.equal(malformed.body.code, 'kernel.invalid_input')
  const other = { user_id: `usr_${'0'.repeat(26)}` }
  const unknown = await call(getUser, { params: other, caller: service })
  assert.deepEqual([unknown.status, unknown.body.code], [404, 'accounts.unknown_user'])
  await rows(`delete from kernel.data_keys where subject = '${params.user_id}'`)
  // So long a process may remember the key.
  clock.advance(MINUTE)
  assert.equal((await call(getMe, { caller: self })).status, 404)
  assert.equal((await call(logIn, { body: right })).status, 401)
})

test('keys – asked for – are public parts only', async (t) => {
  const { call } = await open(t)
  const { status, body } = await call(getJwks)
  assert.equal(status, 200)
  const [key] = body.keys as Record<string, unknown>[]
  assert.deepEqual(Object.keys(key ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x'])
})

test('demo data – written twice – is three logins with their roles', async (t) => {
  const { call, seed, rows } = await open(t)
  await seed()
  await seed()
  for (const { email, password, role } of demoLogins) {
    const { status, body } = await call(logIn, { body: { email, password } })
    assert.equal(status, 200)
    assert.deepEqual((body.user as { roles: string[] }).roles, [role])
  }
  assert.equal((await rows('select from accounts.users')).length, 3)
  assert.equal((await rows('select from bus.log')).length, 3)
})
