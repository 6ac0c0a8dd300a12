import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { logIn, logOut, refreshSession, registerUser } from '@rialto/contracts/accounts/http.ts'
import { DAY, MINUTE } from '@rialto/kernel/pure/time.ts'
import { anonymous, type Caller } from '@rialto/kernel/service/context.ts'
import { testHost } from '@rialto/kernel/testing/host.ts'
import { accounts } from './service.ts'

const RIGHT = { email: 'lantern.keeper@example.org', password: 'wet lanterns in the rain' }

async function open(t: TestContext) {
  const { call, db, clock, published } = await testHost(t, { services: [accounts] })
  const { body: user } = await call(registerUser, {
    ...{ caller: anonymous, body: { ...RIGHT, display_name: 'Keeper' } },
  })
  const userId = String(user.user_id)
  return {
    ...{ call, clock, userId },
    async enter() {
      const { status, body } = await call(logIn, { caller: anonymous, body: RIGHT })
      assert.equal(status, 200)
      const claims = Buffer.from(String(body.access_token).split('.')[1] ?? '', 'base64url')
      const { sid } = JSON.parse(claims.toString())
      const caller: Caller = { kind: 'user', id: userId, roles: ['customer'], session: sid }
      return { sid: String(sid), token: String(body.refresh_token), caller }
    },
    async refresh(refresh_token: string) {
      const { status, body } = await call(refreshSession, {
        ...{ caller: anonymous, body: { refresh_token } },
      })
      return status === 200 ? 'ok' : body.code
    },
    /** So many that go on, as log-ins of this moment would have made them. */
    more: (count: number) =>
      db.pool.query(
        `insert into accounts.sessions (session_id, user_id, started_at, expires_at)
         select 'ses_' || lpad(n::text, 26, '0'), $1, to_timestamp($2), to_timestamp($3)
           from generate_series(1, $4::int) n`,
        [userId, clock.now() / 1_000, (clock.now() + DAY) / 1_000, count],
      ),
    ends: async () => (await published()).filter((e) => e.type === 'user.session.ended'),
  }
}

test('log in – with fifty sessions that go on – ends the oldest and says so; one that is over does not count', async (t) => {
  const { enter, more, refresh, ends, call, clock, userId } = await open(t)
  const over = await enter()
  await call(logOut, { caller: over.caller })
  const oldest = await enter()
  clock.advance(MINUTE)
  const second = await enter()
  await more(47)
  clock.advance(MINUTE)
  const fiftieth = await enter()
  assert.equal((await ends()).length, 1)
  assert.equal(await refresh(oldest.token), 'ok')
  const last = await enter()
  assert.equal(await refresh(oldest.token), 'accounts.session_ended')
  for (const { token } of [second, fiftieth, last]) assert.equal(await refresh(token), 'ok')
  const [, ...told] = await ends()
  assert.deepEqual(
    told.map((event) => event.data),
    [
      {
        ...{ user_id: userId, session_ids: [oldest.sid], reason: 'too_many' },
        ended_at: new Date(clock.now()).toISOString(),
      },
    ],
  )
})

test('log out everywhere – of more sessions than one event names – all end, told in portions', async (t) => {
  const { enter, more, ends, call } = await open(t)
  const { caller } = await enter()
  await more(2_000)
  assert.equal((await call(logOut, { caller, body: { everywhere: true } })).status, 204)
  const told = (await ends()).map(({ data }) => data.session_ids as string[])
  assert.deepEqual(
    told.map((ids) => ids.length),
    [500, 500, 500, 500, 1],
  )
  assert.equal(new Set(told.flat()).size, 2_001)
})
