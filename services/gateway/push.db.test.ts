import assert from 'node:assert/strict'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { PushFrame } from '@rialto/contracts/gateway/push.ts'
import { OrderCreated } from '@rialto/contracts/orders/events.ts'
import { PaymentCompleted } from '@rialto/contracts/payments/events.ts'
import { DAY, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { testSecurity } from '@rialto/kernel/testing/security.ts'
import { Compile } from 'typebox/compile'
import { sweepPushes } from './features/sweep-pushes.ts'
import type { PushConnection } from './push/connection.ts'
import { pushedEvents } from './push/told.ts'
import { gateway } from './service.ts'
import { insertPushes } from './store.ts'
import { OTHER, openPushes, type PushClient, USER } from './testing/push.ts'

/** So that nothing happens by itself. */
const NEVER = { lookMs: DAY, tickMs: DAY }
const frames = Compile(PushFrame)

const numbers = (client: PushClient): (number | undefined)[] =>
  client.events().map((frame) => frame.seq)

test('push – events of two people – reach their owners’ connections, whole and in order, and nobody else’s', async (t) => {
  const { greeted, tell, hub } = await openPushes(t)
  hub.rhythm = NEVER
  const [mine, alsoMine, theirs] = [await greeted(), await greeted(), await greeted(OTHER)]
  const orders = await tell(USER, OTHER, USER)
  await tell(OTHER)
  await Promise.all([mine.heard(3), alsoMine.heard(3), theirs.heard(3)])
  for (const client of [mine, alsoMine]) {
    assert.deepEqual(
      client.events().map((frame) => [frame.seq, frame.event, frame.data]),
      [
        [1, 'order.fulfilled', { order_id: orders[0] }],
        [2, 'order.fulfilled', { order_id: orders[2] }],
      ],
    )
    assert.ok(client.frames.every((frame) => frames.Check(frame)))
  }
  assert.equal(theirs.events()[0]?.data?.order_id, orders[1])
  const said = JSON.stringify(theirs.frames)
  assert.ok(!said.includes(String(orders[0])) && !said.includes(String(orders[2])))
})

test('push – an event with more in it than its owner is to see – shows what is listed only', async (t) => {
  const { greeted, event, deliver } = await openPushes(t)
  const client = await greeted()
  const data = {
    ...{ order_id: `ord_${'1'.repeat(26)}`, user_id: USER, order_type: 'purchase' as const },
    ...{ channel: 'online' as const, total_amount: 79_900, currency: 'RUB', items: [] },
    ...{ expires_at: '2026-01-15T12:30:00.000Z', buyer_email: 'keeper@example.org' },
  }
  await deliver(gateway, event(OrderCreated, data))
  const [, frame] = await client.heard(2)
  assert.deepEqual(frame?.data, {
    order_id: data.order_id,
    total_amount: 79_900,
    currency: 'RUB',
    expires_at: data.expires_at,
  })
  assert.equal(frame?.at, '2026-01-15T12:00:00.000Z')
})

test('push – what is pushed – names its user in every event’s schema, and says each fact once', () => {
  assert.ok(pushedEvents.length >= 13)
  for (const { type, data } of pushedEvents)
    assert.ok('user_id' in (data as { properties: object }).properties, type)
  // `order.completed` and the payment’s own status say it already.
  assert.ok(!pushedEvents.some(({ type }) => type === PaymentCompleted.type))
})

test('push – connections cut again and again while many writers write – miss nothing, hear nothing twice', async (t) => {
  const { greeted, tell, rows } = await openPushes(t)
  const BATCHES = 60
  // All at once they would wait for one row, the last for longer than a statement may.
  const WRITERS = 8
  const heard: number[] = []
  const written = Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let i = writer; i < BATCHES; i += WRITERS)
        await tell(...(i % 2 === 0 ? [USER, OTHER, USER] : [OTHER, USER]))
    }),
  )
  const total = (BATCHES / 2) * 3
  let cuts = 0
  while (heard.length < total) {
    const client = await greeted(USER, heard.length)
    await client.heard(2)
    client.socket.terminate()
    await client.closed
    heard.push(...client.events().map((frame) => Number(frame.seq)))
    cuts += 1
  }
  await written
  assert.ok(cuts > 1)
  assert.deepEqual(
    heard,
    Array.from({ length: total }, (_, i) => i + 1),
  )
  const feeds = await rows('select user_id, seq::int as seq from gateway.feeds order by user_id')
  assert.deepEqual(feeds, [
    { user_id: USER, seq: total },
    { user_id: OTHER, seq: BATCHES },
  ])
})

test('push – somebody who was away for longer than is kept – is told of a gap and stands at the end', async (t) => {
  const { greeted, tell, clock, runJob, rows } = await openPushes(t)
  await tell(USER, USER, USER)
  clock.advance(DAY + SECOND)
  await tell(USER)
  await runJob(gateway, sweepPushes)
  assert.deepEqual(await rows('select seq::int as seq from gateway.pushes'), [{ seq: 4 }])
  const late = await greeted(USER, 1)
  assert.deepEqual(await late.heard(2), [{ type: 'ready', seq: 4 }, { type: 'gap' }])
  // What it saw last is the last that was swept: nothing is missing.
  const inTime = await greeted(USER, 3)
  assert.deepEqual(
    (await inTime.heard(2)).map(({ type, seq }) => [type, seq]),
    [
      ['ready', 3],
      ['event', 4],
    ],
  )
  // Another database's number.
  const foreign = await greeted(USER, 900)
  assert.deepEqual(await foreign.heard(2), [{ type: 'ready', seq: 4 }, { type: 'gap' }])
  const upToDate = await greeted(USER, 4)
  const fresh = await greeted(USER)
  await tell(USER)
  for (const client of [late, foreign, upToDate, fresh]) {
    await client.heard(client.frames[1]?.type === 'gap' ? 3 : 2)
    assert.deepEqual(numbers(client), [5])
    assert.equal(client.frames[0]?.seq, 4)
  }
})

test('push – a feed swept from under a connection that has not read it – says that something is missing', async (t) => {
  const { greeted, tell, rows, hub } = await openPushes(t)
  hub.rhythm = NEVER
  const client = await greeted()
  await rows(`insert into gateway.feeds (user_id, seq) values ('${USER}', 7)`)
  await tell(USER)
  const [, gap, event] = await client.heard(3)
  assert.deepEqual([gap?.type, event?.seq], ['gap', 8])
})

test('push – written by another process – is found without being told', async (t) => {
  const { greeted, hub, db, clock } = await openPushes(t)
  hub.rhythm = { ...NEVER, lookMs: 5 }
  const client = await greeted()
  const statement = insertPushes([
    { userId: USER, event: 'x', data: '{}', at: new Date(clock.now()).toISOString() },
  ])
  await db.pool.query(statement.text, statement.values as unknown[])
  await client.heard(2)
  assert.deepEqual(numbers(client), [1])
})

test('push – one joins while another’s page is being read – is told what the other was before, and no gap', async (t) => {
  const { greeted, tell, hub, db, clock } = await openPushes(t)
  hub.rhythm = NEVER
  await tell(USER, USER)
  const ahead = await greeted()
  const told: number[][] = []
  const deliver = (rows: readonly { seq: number }[]) => void told.push(rows.map(({ seq }) => seq))
  const behind = { userId: USER, seq: 0, isFree: () => true, deliver } as unknown as PushConnection
  const statement = insertPushes([
    { userId: USER, event: 'x', data: '{}', at: new Date(clock.now()).toISOString() },
  ])
  await db.pool.query(statement.text, statement.values as unknown[])
  hub.wake([USER])
  hub.join(behind)
  await ahead.heard(2)
  while (told.length === 0) await setImmediate()
  assert.deepEqual(told[0], [1, 2, 3])
  hub.leave(behind)
})

test('push – a token that expires while open – is given a grace, then closed with 4401; a renewed one stays', async (t) => {
  const { greeted, hub, clock, tokenOf, tell, verifier } = await openPushes(t)
  hub.rhythm = NEVER
  const [passive, active, other] = [await greeted(), await greeted(), await greeted(OTHER)]
  clock.advance(10 * MINUTE + 20 * SECOND)
  await active.say({ type: 'hello', token: await tokenOf() })
  // Its own renewal, with somebody else's token.
  await other.say({ type: 'hello', token: await tokenOf(USER) })
  assert.equal(await other.closed, 4401)
  await tell(USER)
  await passive.heard(2)
  // Hers, his, and the fresh one: then the renewal is through.
  while (verifier.remembered < 3) await setImmediate()
  await setImmediate()
  hub.tick()
  await Promise.all([passive, active].map(({ socket }) => once(socket, 'ping')))
  // Behind its answer on the wire: the server has that when it answers this one.
  active.socket.ping()
  await once(active.socket, 'pong')
  await tell(USER)
  await passive.heard(3)
  assert.deepEqual([passive.signsOfLife, active.signsOfLife], [1, 1])
  clock.advance(20 * SECOND)
  hub.tick()
  assert.equal(await passive.closed, 4401)
  await tell(USER)
  await active.heard(4)
  assert.deepEqual(numbers(active), [1, 2, 3])
})

test('push – a token missing, forged, foreign, expired, of a service – is closed with 4401', async (t) => {
  const { connect, security, tokenOf, clock, env } = await openPushes(t)
  const token = await tokenOf()
  const elsewhere = await testSecurity(env)
  const subject = { sub: USER, roles: ['operator'] as const, sid: 'ses_1' }
  const [head, , signature] = token.split('.')
  const claims = Buffer.from(JSON.stringify({ sub: OTHER, roles: ['operator'] })).toString(
    'base64url',
  )
  const wrong = [
    undefined,
    null,
    'nonsense',
    `${head}.${claims}.${signature}`,
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`,
    (await elsewhere.tokens.issueAccessToken(subject)).token,
    await security.tokens.serviceToken('orders'),
  ]
  for (const one of wrong) {
    const client = await connect().say({ type: 'hello', token: one })
    assert.equal(await client.closed, 4401, String(one))
    assert.deepEqual(client.frames, [])
  }
  clock.advance(11 * MINUTE)
  const late = await connect().say({ type: 'hello', token })
  assert.equal(await late.closed, 4401)
})

test('push – frames that are no hello – are closed as what they are', async (t) => {
  const { connect, tokenOf } = await openPushes(t)
  const hello = { type: 'hello', token: await tokenOf() }
  const wrong = [
    '',
    '{',
    '[]',
    'null',
    '{"type":"bye"}',
    { ...hello, since: -1 },
    { ...hello, more: 1 },
  ]
  for (const frame of wrong) {
    const client = await connect().say(frame)
    assert.equal(await client.closed, 1008, JSON.stringify(frame))
  }
  const large = await connect().say(`"${'x'.repeat(9_000)}"`)
  assert.equal(await large.closed, 1009)
  const impatient = await connect().say(hello)
  await impatient.say(hello)
  await impatient.say(hello)
  assert.equal(await impatient.closed, 1008)
})

test('push – more connections of one account than it may have – are closed with 4429, others’ are not', async (t) => {
  const { greeted, connect, tokenOf } = await openPushes(t, { GATEWAY_PUSHES_PER_ACCOUNT: '2' })
  const first = await greeted()
  await greeted()
  const third = await connect().say({ type: 'hello', token: await tokenOf() })
  assert.equal(await third.closed, 4429)
  await greeted(OTHER)
  first.socket.terminate()
  await first.closed
  // Its place is free as soon as the server has seen it go.
  let fourth = 4429
  while (fourth === 4429) {
    const client = await connect().say({ type: 'hello', token: await tokenOf() })
    fourth = await Promise.race([
      client.closed,
      client.heard(1).then(
        () => 0,
        () => 4429,
      ),
    ])
  }
  assert.equal(fourth, 0)
})

test('push – a page of another origin, and no WebSocket at all – are told so', async (t) => {
  const { connect, door } = await openPushes(t)
  const refusal = async (origin: string): Promise<unknown[]> => {
    const { socket } = connect({ origin })
    const [, response] = await once(socket, 'unexpected-response')
    const { code, money } = (await json(response)) as Record<string, unknown>
    socket.terminate()
    return [response.statusCode, code, money]
  }
  for (const origin of ['https://elsewhere.example', 'null', `${door.url}0`])
    assert.deepEqual(
      await refusal(origin),
      [403, 'gateway.origin_not_allowed', 'untouched'],
      origin,
    )
  const own = connect({ origin: door.url }, '/api/v1/push')
  await once(own.socket, 'open')
  const plain = await fetch(`${door.url}/push`)
  assert.equal(plain.status, 426)
  assert.equal(((await plain.json()) as { code: string }).code, 'gateway.upgrade_required')
})

test('push – a client that takes nothing – is cut, and only one page waits for it', async (t) => {
  const { greeted, hub, rows } = await openPushes(t)
  hub.rhythm = { lookMs: 5, tickMs: 500 }
  const client = await greeted()
  client.socket.pause()
  const gone = new Promise<void>((resolve) => {
    const { leave } = hub
    hub.leave = (connection) => {
      leave.call(hub, connection)
      resolve()
    }
  })
  // 300 events of 200 KB: more than any network buffer of this machine takes.
  await rows(`insert into gateway.pushes select '${USER}', n, 'x', to_json(repeat('x', 200000)), now()
    from generate_series(1, 300) n`)
  await rows(`insert into gateway.feeds values ('${USER}', 300)`)
  await gone
  assert.equal(hub.connections, 0)
  client.socket.resume()
  assert.equal(await client.closed, 1006)
  assert.ok(client.events().length < 100)
})

test('push – at the end of the process – is closed with 1001, and counted until then', async (t) => {
  const { greeted, door, metrics } = await openPushes(t)
  const [one, two] = [await greeted(), await greeted(OTHER)]
  assert.match(await metrics.text(), /^rialto_gateway_pushed_connections 2$/m)
  await door.close()
  assert.deepEqual([await one.closed, await two.closed], [1001, 1001])
})
