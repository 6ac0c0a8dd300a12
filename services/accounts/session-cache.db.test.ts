import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  getMe,
  getUser,
  issueLink,
  logIn,
  logOut,
  refreshSession,
  registerUser,
  resetPassword,
  verifyEmail,
} from '@rialto/contracts/accounts/http.ts'
import { type CacheMake, openCache } from '@rialto/kernel/cache/cache.ts'
import { inProcessMake } from '@rialto/kernel/cache/in-process.ts'
import { limitsHere } from '@rialto/kernel/http/limits.ts'
import { silentLog } from '@rialto/kernel/observability/log.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { anonymous, type Caller, serviceCaller } from '@rialto/kernel/service/context.ts'
import { testClock } from '@rialto/kernel/testing/clock.ts'
import { testHost } from '@rialto/kernel/testing/host.ts'
import { accounts } from './service.ts'

const EMAIL = 'lantern.keeper@example.org'
const PASSWORD = 'wet lanterns in the rain'

/** A person who is logged in, before a cache whose every text is kept for us too. */
async function open(t: TestContext) {
  const clock = testClock()
  const texts: string[] = []
  const inner = inProcessMake({ clock })
  const make: CacheMake = {
    ...inner,
    store(space) {
      const store = inner.store(space)
      return {
        read: (key) => store.read(key),
        drop: (keys) => store.drop(keys),
        async write(key, text, how) {
          texts.push(`${space} ${key} ${text}`)
          await store.write(key, text, how)
        },
      }
    },
  }
  const keeping = { cache: openCache({ make, log: silentLog }), limits: limitsHere }
  const { call, db } = await testHost(t, { services: [accounts], clock, keeping })
  const register = { email: EMAIL, password: PASSWORD, display_name: 'Keeper' }
  const { body } = await call(registerUser, { caller: anonymous, body: register })
  const userId = String(body.user_id)
  const enter = async () => {
    const entered = { email: EMAIL, password: PASSWORD }
    const { status, body: session } = await call(logIn, { caller: anonymous, body: entered })
    assert.equal(status, 200)
    return String(session.refresh_token)
  }
  const self: Caller = { kind: 'user', id: userId, roles: ['customer'], session: 'ses_1' }
  const orders = serviceCaller('orders')
  const region = async (): Promise<unknown> => {
    const seen = (await call(getUser, { caller: orders, params: { user_id: userId } })).body.region
    assert.equal((await call(getMe, { caller: self })).body.region, seen)
    return seen
  }
  const linkFor = async (purpose: 'verify_email' | 'reset_password'): Promise<string> => {
    const asked = { params: { user_id: userId }, body: { purpose } }
    const { body: link } = await call(issueLink, {
      caller: serviceCaller('notifications'),
      ...asked,
    })
    return String(link.token)
  }
  return {
    ...{ call, clock, texts, userId, self, enter, region, linkFor },
    /** Past the service, so that only what is not cached shows it. */
    move: (to: string) => db.pool.query('update accounts.users set region = $1', [to]),
  }
}

test('session – at the log-in – is cached, and seen by its owner and by other services for a minute', async (t) => {
  const { enter, region, move, texts, clock, userId } = await open(t)
  await enter()
  await move('KZ')
  assert.equal(await region(), 'RU')
  clock.advance(MINUTE)
  assert.equal(await region(), 'KZ')
  await move('DE')
  await enter()
  assert.equal(await region(), 'DE')
  assert.equal(texts.length, 3)
  for (const text of texts) {
    assert.ok(text.startsWith(`accounts.session ${userId} {`))
    assert.doesNotMatch(text, /lantern|example\.org|Keeper|argon2/i)
  }
})

test('session – logged out, verified, with a new password or a token used twice – is dropped with the change', async (t) => {
  const { call, enter, region, move, linkFor, self, clock } = await open(t)
  const ways: readonly (() => Promise<{ status: number }>)[] = [
    () => call(logOut, { caller: self, body: {} }),
    () => call(logOut, { caller: self, body: { everywhere: true } }),
    async () =>
      call(verifyEmail, { caller: anonymous, body: { token: await linkFor('verify_email') } }),
    async () => {
      const token = await enter()
      const spend = () =>
        call(refreshSession, { caller: anonymous, body: { refresh_token: token } })
      await spend()
      clock.advance(MINUTE / 2)
      return { status: (await spend()).status === 401 ? 200 : 500 }
    },
    async () => {
      const token = await linkFor('reset_password')
      const body = { token, password: 'dry lanterns in the sun' }
      return call(resetPassword, { caller: anonymous, body })
    },
  ]
  await enter()
  for (const [i, way] of ways.entries()) {
    const before = await region()
    const [kept, shown] = [`K${'ABCDEFGH'[i]}`, `S${'ABCDEFGH'[i]}`]
    await move(kept)
    assert.equal(await region(), before)
    const { status } = await way()
    assert.ok(status >= 200 && status < 300, `way ${i}: ${status}`)
    await move(shown)
    assert.equal(await region(), shown, `way ${i}`)
  }
})
