import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { UserSessionEnded } from '@rialto/contracts/accounts/events.ts'
import { keepingHere, openKeeping } from '@rialto/kernel/cache/open.ts'
import { HOUR, isoInstant, MINUTE } from '@rialto/kernel/pure/time.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { startRedis } from '@rialto/kernel/testing/servers/redis.ts'
import { gateway } from '../service.ts'
import { insertEndedSessions } from '../store.ts'
import { OTHER, openPushes, USER } from '../testing/push.ts'
import { EndedSessions, knowing, REMEMBERED_MS } from './ended-sessions.ts'
import { sweepPushes } from './sweep-pushes.ts'

const sessionOf = (n: number): string => `ses_${String(n).repeat(26)}`

function isReached(check: (() => void) | undefined): boolean {
  try {
    check?.()
    return true
  } catch {
    return false
  }
}

async function openEnding(t: Parameters<typeof openPushes>[0]) {
  const door = await openPushes(t)
  const { security, sessions, event, deliver, clock } = door
  const verifier = knowing(sessions, security.verifierOf(['public']))
  const said = async (token: string): Promise<string> =>
    verifier.authenticate({ authorization: `Bearer ${token}` }).then(
      (caller) => caller.id,
      (problem: { kind: { code: string } }) => problem.kind.code,
    )
  const end = (userId: string, ...sessionIds: string[]) =>
    deliver(
      gateway,
      event(UserSessionEnded, {
        ...{ user_id: userId, session_ids: sessionIds, reason: 'logged_out' },
        ended_at: isoInstant(clock.now()),
      }),
    )
  return { ...door, said, end, verifier }
}

test('ended sessions – their tokens, remembered or not – are refused from the commit on, others are not', async (t) => {
  const { tokenOf, said, end, verifier } = await openEnding(t)
  const [known, unused] = [await tokenOf(USER, sessionOf(1)), await tokenOf(USER, sessionOf(2))]
  const [other, theirs] = [await tokenOf(USER, sessionOf(3)), await tokenOf(OTHER, sessionOf(4))]
  assert.equal(await said(known), USER)
  await end(USER, sessionOf(1), sessionOf(2))
  for (const token of [known, unused]) {
    assert.equal(await said(token), 'auth.session_ended')
    await assert.rejects(verifier.verify(token), /session was ended/)
  }
  assert.deepEqual([await said(other), await said(theirs)], [USER, OTHER])
})

test('ended sessions – over HTTP and for open connections – end there too', async (t) => {
  const { connect, tokenOf, end, door, tell } = await openEnding(t)
  const token = await tokenOf(USER, sessionOf(1))
  const hello =
    (sid: string, user = USER) =>
    async () =>
      connect().say({ type: 'hello', token: await tokenOf(user, sid) })
  const [mine, other] = [await hello(sessionOf(1))(), await hello(sessionOf(2))()]
  await Promise.all([mine.heard(1), other.heard(1)])
  const status = async () => {
    const answer = await fetch(`${door.url}/health/live`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return answer.status
  }
  assert.equal(await status(), 200)
  await end(USER, sessionOf(1))
  assert.equal(await mine.closed, 4401)
  assert.equal(await status(), 401)
  assert.equal(await (await hello(sessionOf(1))()).closed, 4401)
  await tell(USER)
  await other.heard(2)
})

test('ended sessions – while a connection under their token is opening – close it', async (t) => {
  const { connect, tokenOf, end, hub, tell } = await openEnding(t)
  const stand = hub.stand.bind(hub)
  const [mine, other] = [await tokenOf(USER, sessionOf(1)), await tokenOf(USER, sessionOf(2))]
  hub.stand = async (...asked) => {
    const found = await stand(...asked)
    await end(USER, sessionOf(1))
    return found
  }
  assert.equal(await (await connect().say({ type: 'hello', token: mine })).closed, 4401)
  hub.stand = stand
  const client = await connect().say({ type: 'hello', token: other })
  await client.heard(1)
  await tell(USER)
  await client.heard(2)
})

test('ended sessions – of another process, and of before the start – are known', async (t) => {
  const { db, clock, env, sessions } = await openEnding(t)
  const pool = db.poolFor('gateway')
  const write = async (n: number, atMs: number): Promise<void> => {
    const { text, values } = insertEndedSessions(USER, [sessionOf(n)], atMs)
    await db.pool.query(text, values as unknown[])
  }
  await write(1, clock.now())
  assert.equal(sessions.has(sessionOf(1)), false)
  await sessions.look()
  assert.equal(sessions.has(sessionOf(1)), true)
  const restarted = new EndedSessions({
    pool,
    clock,
    log: env.log,
    cache: keepingHere(clock, env.log).cache,
  })
  t.after(() => restarted.close())
  await restarted.open()
  assert.equal(restarted.has(sessionOf(1)), true)
  assert.equal(restarted.has(undefined), false)
})

test('ended sessions – of another process, told over Redis – are known without waiting for the next look', async (t) => {
  const program = needs(t, 'redis')
  if (program === undefined) return
  const server = await startRedis(program)
  t.after(() => server.stop())
  const { db, clock, env } = await openEnding(t)
  const openProcess = async () => {
    const redis = { url: server.url, prefix: 'test', deadlineMs: 5_000 }
    const keeping = await openKeeping({ clock, log: env.log, isAlone: false, redis })
    t.after(() => keeping.close())
    while (!isReached(keeping.check)) await turn()
    const { cache } = keeping
    const sessions = new EndedSessions({ pool: db.poolFor('gateway'), clock, log: env.log, cache })
    t.after(() => sessions.close())
    await sessions.open(HOUR)
    return sessions
  }
  const [here, there] = [await openProcess(), await openProcess()]
  // The first may be found by the look with which hearing begins; the second is told or never known.
  for (const id of [sessionOf(1), sessionOf(2)]) {
    const told = Promise.withResolvers<string>()
    there.onEnd = (session) => told.resolve(session.session_id)
    const { text, values } = insertEndedSessions(USER, [id], clock.now())
    await db.pool.query(text, values as unknown[])
    here.commit([{ session_id: id, user_id: USER, ended_at: clock.now() }])
    assert.equal(await told.promise, id)
    assert.equal(there.has(id), true)
  }
})

test('ended sessions – when all their tokens have ended – are forgotten, here and in the table', async (t) => {
  const { end, clock, sessions, runJob, rows } = await openEnding(t)
  await end(USER, sessionOf(1))
  clock.advance(REMEMBERED_MS)
  await sessions.look()
  assert.equal(sessions.has(sessionOf(1)), true)
  clock.advance(MINUTE)
  await sessions.look()
  assert.equal(sessions.has(sessionOf(1)), false)
  clock.advance(REMEMBERED_MS)
  await runJob(gateway, sweepPushes)
  assert.deepEqual(await rows('select from gateway.ended_sessions'), [])
})
