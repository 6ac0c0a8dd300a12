import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  issueLink,
  logIn,
  logOut,
  refreshSession,
  registerUser,
  requestEmailVerification,
  requestPasswordReset,
  resetPassword,
  verifyEmail,
} from '@rialto/contracts/accounts/http.ts'
import { DAY, HOUR, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { anonymous, type Caller, serviceCaller } from '@rialto/kernel/service/context.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { testHost } from '@rialto/kernel/testing/host.ts'
import { partsOf } from './config.ts'
import { hashOf } from './domain/refresh-token.ts'
import { sweepSessions } from './features/end-sessions.ts'
import { accounts } from './service.ts'

const EMAIL = 'lantern.keeper@example.org'
const PASSWORD = 'wet lanterns in the rain'
const OTHER_PASSWORD = 'dry lanterns in the sun'

const claimsOf = (token: unknown): { sid: string; sub: string; exp: number } =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString())

/** A person with an account, at the test's clock. */
async function open(t: TestContext, settings: Record<string, string> = {}) {
  let hashes = 0
  const build: Service['build'] = (input) => {
    const parts = partsOf(input)
    const hash = (password: string) => {
      hashes += 1
      return parts.passwords.hash(password)
    }
    return { ...parts, passwords: { ...parts.passwords, hash } }
  }
  const { call, db, clock, runJob, published } = await testHost(t, {
    services: [{ ...accounts, build }],
    settings,
  })
  const rows = async (text: string): Promise<Record<string, unknown>[]> =>
    (await db.pool.query(text)).rows
  const register = (email: string) =>
    call(registerUser, {
      caller: anonymous,
      body: { email, password: PASSWORD, display_name: 'Keeper' },
    })
  const userId = String((await register(EMAIL)).body.user_id)
  const enter = async (password = PASSWORD) => {
    const { status, body } = await call(logIn, {
      caller: anonymous,
      body: { email: EMAIL, password },
    })
    const { sid } = status === 200 ? claimsOf(body.access_token) : { sid: '' }
    const caller: Caller = { kind: 'user', id: userId, roles: ['customer'], session: sid }
    return { status, sid, caller, token: String(body.refresh_token) }
  }
  const refresh = async (refresh_token: string) => {
    const { status, body } = await call(refreshSession, {
      caller: anonymous,
      body: { refresh_token },
    })
    return { said: status === 200 ? 'ok' : body.code, token: String(body.refresh_token), body }
  }
  const link = async (purpose: 'verify_email' | 'reset_password', user_id = userId) => {
    const { body } = await call(issueLink, {
      caller: serviceCaller('notifications'),
      params: { user_id },
      body: { purpose },
    })
    return { token: String(body.token), expiresAt: body.expires_at, code: body.code }
  }
  const ends = async () => (await published()).filter((e) => e.type === 'user.session.ended')
  return {
    ...{ call, db, clock, rows, register, userId, enter, refresh, link, ends, published },
    hashed: () => hashes,
    sweep: () => runJob(accounts, sweepSessions),
  }
}

test('refresh – again and again – goes on with the session under new tokens, until it was left alone for too long', async (t) => {
  const { enter, refresh, clock, rows } = await open(t)
  let { token, sid } = await enter()
  const seen = new Set([token])
  for (let i = 0; i < 4; i++) {
    clock.advance(20 * DAY)
    const { said, token: next, body } = await refresh(token)
    assert.equal(said, 'ok')
    assert.deepEqual([claimsOf(body.access_token).sid, body.expires_in], [sid, 600])
    assert.equal(body.session_expires_at, new Date(clock.now() + 30 * DAY).toISOString())
    seen.add(next)
    token = next
  }
  assert.equal(seen.size, 5)
  assert.equal((await rows('select from accounts.sessions')).length, 1)
  clock.advance(30 * DAY)
  assert.equal((await refresh(token)).said, 'accounts.session_ended')
})

test('refresh – however often – ends with the longest life of a session', async (t) => {
  const { enter, refresh, clock } = await open(t, { ACCOUNTS_SESSION_MAX: '40d' })
  let { token } = await enter()
  clock.advance(25 * DAY)
  const { token: next, body } = await refresh(token)
  token = next
  assert.equal(body.session_expires_at, new Date(clock.now() + 15 * DAY).toISOString())
  clock.advance(15 * DAY - MINUTE)
  const last = await refresh(token)
  // Its access token ends with it.
  assert.equal(last.body.expires_in, 60)
  assert.equal(claimsOf(last.body.access_token).exp * SECOND, clock.now() + MINUTE)
  clock.advance(MINUTE)
  assert.equal((await refresh(last.token)).said, 'accounts.session_ended')
})

test('refresh – eight times one token at once – gives everybody the one next token, and logs nobody out', async (t) => {
  const { enter, refresh, rows, clock } = await open(t)
  const { token } = await enter()
  const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(token)))
  assert.deepEqual(new Set(answers.map((a) => a.said)), new Set(['ok']))
  assert.equal(new Set(answers.map((a) => a.token)).size, 1)
  assert.equal((await rows('select from accounts.refresh_tokens')).length, 2)
  // A client that lost the answer.
  clock.advance(20 * SECOND)
  const late = await refresh(token)
  assert.deepEqual([late.said, late.token], ['ok', answers[0]?.token])
  assert.equal((await refresh(late.token)).said, 'ok')
})

test('refresh – a token used before – ends the session for everybody, and says so to whoever remembers its tokens', async (t) => {
  const { enter, refresh, clock, ends, userId } = await open(t)
  const [stolen, other] = [await enter(), await enter()]
  const { token: current } = await refresh(stolen.token)
  clock.advance(20 * SECOND + 1)
  assert.equal((await refresh(stolen.token)).said, 'accounts.refresh_reused')
  assert.equal((await refresh(current)).said, 'accounts.session_ended')
  assert.equal((await refresh(stolen.token)).said, 'accounts.session_ended')
  assert.equal((await refresh(other.token)).said, 'ok')
  assert.deepEqual(
    (await ends()).map((e) => e.data),
    [
      {
        user_id: userId,
        session_ids: [stolen.sid],
        reason: 'refresh_reused',
        ended_at: new Date(clock.now()).toISOString(),
      },
    ],
  )
})

test('refresh – a token from before the last one – is a reuse even within the grace', async (t) => {
  const { enter, refresh } = await open(t)
  const { token } = await enter()
  const { token: second } = await refresh(token)
  assert.equal((await refresh(second)).said, 'ok')
  assert.equal((await refresh(token)).said, 'accounts.refresh_reused')
})

test('refresh – texts that are no token – are refused, and end nothing', async (t) => {
  const { enter, refresh, ends, call } = await open(t)
  const { token } = await enter()
  for (const wrong of ['x', `rt_${'A'.repeat(43)}`, token.slice(0, -1), `${token} `])
    assert.equal((await refresh(wrong)).said, 'accounts.refresh_invalid', wrong)
  const none = await call(refreshSession, { caller: anonymous, body: '{}' })
  assert.deepEqual([none.status, none.body.code], [400, 'kernel.invalid_input'])
  assert.deepEqual(await ends(), [])
  assert.equal((await refresh(token)).said, 'ok')
})

test('refresh, links – too many from one address or for one account – are throttled', async (t) => {
  const { enter, refresh, call } = await open(t, {
    ...{ ACCOUNTS_REFRESHES_PER_ADDRESS: '2', ACCOUNTS_LINKS_PER_EMAIL: '1' },
    ACCOUNTS_LINKS_PER_ADDRESS: '3',
  })
  const { token, caller } = await enter()
  const strange = `rt_${'A'.repeat(43)}`
  for (let i = 0; i < 2; i++)
    assert.equal((await refresh(strange)).said, 'accounts.refresh_invalid')
  assert.equal((await refresh(strange)).said, 'accounts.too_many_attempts')
  // Whoever tries strange ones keeps no session behind the same address from being renewed.
  assert.equal((await refresh(token)).said, 'ok')
  const ask = (email: string) => call(requestPasswordReset, { caller: anonymous, body: { email } })
  const verify = () => call(verifyEmail, { caller: anonymous, body: { token: 'x' } })
  assert.equal((await ask(EMAIL)).status, 202)
  // The same for an address without an account.
  assert.deepEqual([(await ask(EMAIL)).status, (await ask('b@example.org')).status], [429, 202])
  assert.equal((await verify()).body.code, 'accounts.too_many_attempts')
  const again = () => call(requestEmailVerification, { caller })
  assert.deepEqual([(await again()).status, (await again()).status], [202, 429])
})

test('log out – here, then everywhere – ends the sessions it names, each once', async (t) => {
  const { enter, refresh, call, ends, clock } = await open(t)
  const [one, two, three] = [await enter(), await enter(), await enter()]
  assert.equal((await call(logOut, { caller: one.caller })).status, 204)
  assert.equal((await call(logOut, { caller: one.caller })).status, 204)
  assert.equal((await refresh(one.token)).said, 'accounts.session_ended')
  assert.equal((await refresh(two.token)).said, 'ok')
  // Somebody else's session is not ended by its id.
  const stranger: Caller = { ...two.caller, id: `usr_${'9'.repeat(26)}` }
  assert.equal((await call(logOut, { caller: stranger })).status, 204)
  clock.advance(MINUTE)
  assert.equal((await call(logOut, { caller: two.caller, body: { everywhere: true } })).status, 204)
  for (const { token } of [two, three])
    assert.equal((await refresh(token)).said, 'accounts.session_ended')
  assert.deepEqual(
    (await ends()).map(({ data }) => [data.reason, [...(data.session_ids as string[])].sort()]),
    [
      ['logged_out', [one.sid]],
      ['logged_out_everywhere', [two.sid, three.sid].sort()],
    ],
  )
})

test('sessions – over for a day – are swept with their tokens; spent tokens of others after a month', async (t) => {
  const { enter, refresh, call, clock, sweep, rows } = await open(t)
  const [ended, kept] = [await enter(), await enter()]
  await call(logOut, { caller: ended.caller })
  let { token } = kept
  clock.advance(DAY)
  await sweep()
  assert.equal((await refresh(ended.token)).said, 'accounts.session_ended')
  clock.advance(SECOND)
  await sweep()
  assert.equal((await refresh(ended.token)).said, 'accounts.refresh_invalid')
  for (let i = 0; i < 2; i++) {
    token = (await refresh(token)).token
    clock.advance(29 * DAY)
  }
  assert.equal((await rows('select from accounts.refresh_tokens')).length, 3)
  await sweep()
  assert.equal((await rows('select from accounts.refresh_tokens')).length, 2)
  assert.equal((await refresh(token)).said, 'ok')
})

test('address – its link used – is verified, once and again the same', async (t) => {
  const { call, link, enter, clock, published, rows, userId } = await open(t)
  const { caller } = await enter()
  assert.equal((await call(requestEmailVerification, { caller })).status, 202)
  const [asked] = (await published()).filter((e) => e.type === 'user.link.requested')
  assert.deepEqual(asked?.data, {
    ...{ user_id: userId, purpose: 'verify_email' },
    requested_at: new Date(clock.now()).toISOString(),
  })
  const mailed = await link('verify_email')
  assert.equal(mailed.expiresAt, new Date(clock.now() + DAY).toISOString())
  const use = (token: string) => call(verifyEmail, { caller: anonymous, body: { token } })
  for (let i = 0; i < 2; i++) {
    const { status, body: answer } = await use(mailed.token)
    assert.deepEqual([status, answer], [200, { email_verified: true }])
    clock.advance(HOUR)
  }
  const [row] = await rows('select email_verified_at from accounts.users')
  assert.equal(Number(row?.email_verified_at), clock.now() - 2 * HOUR)
  const more = await call(requestEmailVerification, { caller })
  assert.deepEqual([more.status, more.body.code], [409, 'accounts.email_verified_already'])
})

test('links – changed, of another purpose or person, or too old – are refused', async (t) => {
  const { call, link, register, clock, rows } = await open(t)
  const verify = await link('verify_email')
  const reset = await link('reset_password')
  const otherId = String((await register('b@example.org')).body.user_id)
  const [id = '', until = '', proof = ''] = verify.token.split('.')
  const later = (Number.parseInt(until, 36) + 1).toString(36)
  const said = async (token: string) =>
    (await call(verifyEmail, { caller: anonymous, body: { token } })).body.code
  const flipped = `${proof.startsWith('A') ? 'B' : 'A'}${proof.slice(1)}`
  for (const token of [
    'nonsense',
    `${id}.${later}.${proof}`,
    `${otherId.slice(4)}.${until}.${proof}`,
    `${'0'.repeat(26)}.${until}.${proof}`,
    `${id}.${until}.${flipped}`,
    reset.token,
  ])
    assert.equal(await said(token), 'accounts.link_invalid', token)
  clock.advance(DAY)
  assert.equal(await said(verify.token), 'accounts.link_expired')
  assert.deepEqual(await rows('select from accounts.users where email_verified_at is not null'), [])
  assert.equal((await link('verify_email', `usr_${'0'.repeat(26)}`)).code, 'accounts.unknown_user')
})

test('password – set by its link – replaces the old one, ends every session, and kills the link', async (t) => {
  const { call, link, enter, refresh, ends, rows, clock } = await open(t)
  const [one, two] = [await enter(), await enter()]
  const mailed = await link('reset_password')
  const set = async (token: string, password: string) => {
    const answer = await call(resetPassword, { caller: anonymous, body: { token, password } })
    return answer.status === 204 ? 'set' : answer.body.code
  }
  assert.equal(await set(mailed.token, 'short'), 'accounts.weak_password')
  const both = [set(mailed.token, OTHER_PASSWORD), set(mailed.token, OTHER_PASSWORD)]
  assert.deepEqual((await Promise.all(both)).sort(), ['accounts.link_invalid', 'set'])
  assert.equal((await enter()).status, 401)
  assert.equal((await enter(OTHER_PASSWORD)).status, 200)
  for (const { token } of [one, two])
    assert.equal((await refresh(token)).said, 'accounts.session_ended')
  assert.equal((await ends()).length, 1)
  const [row] = await rows('select email_verified_at from accounts.users')
  assert.ok(row?.email_verified_at)
  const late = await link('reset_password')
  clock.advance(HOUR)
  assert.equal(await set(late.token, PASSWORD), 'accounts.link_expired')
})

test('password – set by its link – forgives the attempts at the account', async (t) => {
  const { call, link, enter } = await open(t, {
    ...{ ACCOUNTS_LOGINS_PER_EMAIL: '4', ACCOUNTS_LOGINS_PER_ACCOUNT: '3' },
  })
  for (let i = 0; i < 3; i++) assert.equal((await enter('wrong')).status, 401)
  assert.equal((await enter()).status, 429)
  const body = { token: (await link('reset_password')).token, password: OTHER_PASSWORD }
  assert.equal((await call(resetPassword, { caller: anonymous, body })).status, 204)
  assert.equal((await enter(OTHER_PASSWORD)).status, 200)
})

test('password – the e-mail address, a token that is none – is refused before anything is hashed', async (t) => {
  const { call, link, hashed } = await open(t)
  const before = hashed()
  const set = async (token: string, password: string) =>
    (await call(resetPassword, { caller: anonymous, body: { token, password } })).body.code
  const { token } = await link('reset_password')
  assert.equal(await set(token, EMAIL.toUpperCase()), 'accounts.weak_password')
  assert.equal(await set(token, 'lantern.keeper'), 'accounts.weak_password')
  assert.equal(await set('x', OTHER_PASSWORD), 'accounts.link_invalid')
  assert.equal(await set((await link('verify_email')).token, PASSWORD), 'accounts.link_invalid')
  assert.equal(hashed(), before)
  assert.equal(await set(token, OTHER_PASSWORD), undefined)
  assert.equal(hashed(), before + 1)
})

test('password reset – for an address with and without an account – is answered the same', async (t) => {
  const { call, published, userId } = await open(t)
  const ask = async (email: string) => {
    const { status, headers, body } = await call(requestPasswordReset, {
      caller: anonymous,
      body: { email },
    })
    return { status, headers, body }
  }
  assert.deepEqual(await ask(EMAIL.toUpperCase()), await ask('nobody@example.org'))
  const asked = (await published()).filter((e) => e.type === 'user.link.requested')
  assert.deepEqual(
    asked.map(({ data }) => [data.user_id, data.purpose]),
    [[userId, 'reset_password']],
  )
})

test('tokens and links – in every table of the database – are nowhere', async (t) => {
  const { enter, refresh, link, call, rows } = await open(t)
  const { token, caller } = await enter()
  const { token: next, body } = await refresh(token)
  await call(requestEmailVerification, { caller })
  const verify = await link('verify_email')
  await call(verifyEmail, { caller: anonymous, body: { token: verify.token } })
  const secrets = [token, next, String(body.access_token), verify.token].flatMap((text) => {
    const plain = text.replace('rt_', '').split('.').at(-1) ?? ''
    return [plain, Buffer.from(plain, 'base64url').toString('hex')]
  })
  const tables = await rows(`select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`)
  let seen = ''
  for (const { name } of tables)
    for (const { text } of await rows(`select to_jsonb(r)::text as text from ${name} r`)) {
      seen += text
      for (const secret of secrets) assert.ok(!String(text).includes(secret), `${name}: ${secret}`)
    }
  // It has looked where the hashes are.
  assert.ok(seen.includes(hashOf(next)?.toString('hex') ?? 'none'))
})
