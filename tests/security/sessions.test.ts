// A session from its log-in to its end, over the real doors of the whole platform: what its tokens open, and that they open nothing
// from the moment it ends, at the HTTP door and at the WebSocket.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import { poll } from 'rialto/demo/buyer.ts'
import { request } from 'undici'
import { openWorld, type World } from '../flows/harness.ts'
import { order, pay } from '../flows/shopper.ts'

interface Frame {
  readonly type: string
  readonly seq?: number
  readonly event?: string
  readonly data?: Readonly<Record<string, unknown>>
}

let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.stop())

async function post(path: string, body: object, token?: string) {
  const answer = await request(`${world.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
  const text = await answer.body.text()
  const json = (text === '' ? {} : JSON.parse(text)) as Record<string, string>
  return { status: answer.statusCode, body: json }
}

async function signIn() {
  const [login] = demoLogins
  const { email, password } = login
  const { status, body } = await post('/users/login', { email, password })
  assert.equal(status, 200)
  return { access: String(body.access_token), refresh: String(body.refresh_token) }
}

const statusOf = async (token: string): Promise<number> => {
  const headers = { authorization: `Bearer ${token}` }
  const { statusCode, body } = await request(`${world.url}/users/me`, { headers })
  await body.dump()
  return statusCode
}

/** A browser's WebSocket that said its hello. */
async function listen(token: string, since: number | null = null) {
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}/api/v1/push`)
  const frames: Frame[] = []
  socket.addEventListener('message', ({ data }) => frames.push(JSON.parse(String(data))))
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener('close', ({ code }) => resolve(code))
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'hello', token, since }))
  await poll(
    async () => frames.length,
    (count) => count > 0,
  )
  return { socket, frames, closed }
}

describe('sessions', { timeout: 280_000 }, () => {
  test('log out – of one session – closes its doors at once, and those of no other', async () => {
    const [one, two] = [await signIn(), await signIn()]
    const [mine, other] = [await listen(one.access), await listen(two.access)]
    assert.equal(await statusOf(one.access), 200)
    assert.equal((await post('/users/logout', {}, one.access)).status, 204)
    assert.equal(await mine.closed, 4401)
    assert.equal(await statusOf(one.access), 401)
    assert.equal((await post('/users/refresh', { refresh_token: one.refresh })).status, 401)
    assert.equal(await statusOf(two.access), 200)
    const { status, body } = await post('/users/refresh', { refresh_token: two.refresh })
    assert.equal(status, 200)
    assert.equal(await statusOf(String(body.access_token)), 200)
    const everywhere = await post('/users/logout', { everywhere: true }, String(body.access_token))
    assert.equal(everywhere.status, 204)
    assert.equal(await other.closed, 4401)
  })

  test('a purchase – is pushed to its buyer only, whole again after a cut', async () => {
    const ordered = await order(world.url)
    const stranger = await listen((await signIn()).access)
    const first = await listen(ordered.buyer.token, 0)
    await pay(world.url, ordered)
    await world.rest()
    const names = (frames: readonly Frame[]) =>
      frames.flatMap(({ type, event }) => (type === 'event' ? [event] : []))
    const kept = 'select event from gateway.pushes where user_id = $1'
    const { rowCount } = await world.db.pool.query(kept, [ordered.buyer.userId])
    const heard = await poll(
      async () => names(first.frames),
      (all) => all.length === rowCount,
    )
    for (const name of ['order.created', 'order.completed', 'library.game.added.v1'])
      assert.ok(heard.includes(name), `${name} of ${heard}`)
    assert.ok(heard.includes('payment.fiscal.receipt.status.updated.v1'))
    first.socket.close()
    await first.closed
    const middle = Math.floor(heard.length / 2)
    const again = await listen(ordered.buyer.token, middle)
    await poll(
      async () => names(again.frames).length,
      (count) => count >= heard.length - middle,
    )
    assert.deepEqual(names(again.frames), heard.slice(middle))
    // A stranger hears of their own welcome mail only.
    const foreign = names(stranger.frames).filter(
      (n) => n !== 'notification.message.status.updated.v1',
    )
    assert.deepEqual(foreign, [])
    assert.ok(!JSON.stringify(stranger.frames).includes(ordered.orderId))
    const numbers = again.frames.flatMap(({ type, seq }) => (type === 'event' ? [seq] : []))
    assert.deepEqual(
      numbers,
      heard.slice(middle).map((_, i) => middle + 1 + i),
    )
    for (const { socket } of [again, stranger]) socket.close()
  })
})
