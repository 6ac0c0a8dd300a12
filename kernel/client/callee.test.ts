// A service at several addresses: real servers on the loopback, which refuse, leave, hang up and answer late.

import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Unavailable } from '../pure/failure.ts'
import { type Outgoing, openHttpTransport } from './http.ts'

interface Instance {
  readonly url: string
  readonly server: Server
  asked: number
}

async function instance(t: TestContext, answer: RequestListener): Promise<Instance> {
  const one = { url: '', asked: 0 } as { -readonly [K in keyof Instance]: Instance[K] }
  one.server = createServer((request, response) => {
    one.asked += 1
    answer(request, response)
  })
  await new Promise<void>((resolve) => one.server.listen(0, '127.0.0.1', resolve))
  one.url = `http://127.0.0.1:${(one.server.address() as AddressInfo).port}`
  t.after(() => one.server.close())
  t.after(() => one.server.closeAllConnections())
  return one
}

const good: RequestListener = (_request, response) => void response.end('{}')

async function refusing(t: TestContext): Promise<Instance> {
  const one = await instance(t, good)
  await new Promise((resolve) => one.server.close(resolve))
  return one
}

function transportTo(t: TestContext, instances: readonly Instance[], more = {}) {
  const urls = new Map([['notes', instances.map(({ url }) => url)]])
  const transport = openHttpTransport({ urls, token: async () => 'x', ...more })
  t.after(() => transport.close())
  return transport
}

const write: Outgoing = {
  name: 'notes.write',
  method: 'POST',
  path: '/notes',
  headers: {},
  body: '{}',
  mayRepeat: false,
  insists: false,
  reads: false,
  withinMs: 5_000,
}

test('callee – two instances – are asked in turn', async (t) => {
  const both = [await instance(t, good), await instance(t, good)]
  const transport = transportTo(t, both)
  for (let i = 0; i < 10; i++) await transport.send('notes', write)
  assert.deepEqual(
    both.map(({ asked }) => asked),
    [5, 5],
  )
})

test('callee – one instance refuses – a write that bears no key goes to the other, each time', async (t) => {
  const living = await instance(t, good)
  const transport = transportTo(t, [await refusing(t), living])
  for (let i = 0; i < 20; i++) assert.equal((await transport.send('notes', write)).status, 200)
  assert.equal(living.asked, 20)
})

test('callee – an instance that takes requests and never answers – one at a time finds out whether it is back, nobody else waits', async (t) => {
  const held = Promise.withResolvers<void>()
  let hung = 0
  const silent = await instance(t, () => {
    hung += 1
    if (hung === 2) held.resolve()
  })
  const transport = transportTo(t, [silent, await instance(t, good)], {
    ...{ breakAfter: 1, halfOpenAfterMs: 0 },
  })
  await assert.rejects(transport.send('notes', { ...write, withinMs: 200 }), Unavailable)
  // The second call begins at the good one, the third at the silent one.
  assert.equal((await transport.send('notes', write)).status, 200)
  const trial = transport.send('notes', { ...write, withinMs: 60_000 })
  trial.catch(() => undefined)
  await held.promise
  for (let i = 0; i < 8; i++) assert.equal((await transport.send('notes', write)).status, 200)
  assert.equal(hung, 2)
  silent.server.closeAllConnections()
  await assert.rejects(trial, Unavailable)
})

test('callee – all refuse – nothing happened, whatever was asked', async (t) => {
  const transport = transportTo(t, [await refusing(t), await refusing(t)])
  await assert.rejects(transport.send('notes', write), { name: 'Unavailable', outcome: 'nothing' })
  await assert.rejects(transport.send('notes', { ...write, withinMs: 0 }), Unavailable)
  await assert.rejects(transport.reach('notes'))
})

test('callee – an instance that hangs up in the middle – a write is not sent again; one with a key is, to the other', async (t) => {
  const dying = await instance(t, (request) => void request.socket.destroy())
  const living = await instance(t, good)
  const transport = transportTo(t, [dying, living])
  await assert.rejects(transport.send('notes', write), { outcome: 'unknown' })
  assert.deepEqual([dying.asked, living.asked], [1, 0])
  await transport.send('notes', write)
  assert.equal((await transport.send('notes', { ...write, mayRepeat: true })).status, 200)
  assert.deepEqual([dying.asked, living.asked], [2, 2])
})

test('callee – an instance that says it is leaving – gets no more while another is there, and all when none is', async (t) => {
  const leaving = await instance(t, (_request, response) => {
    response.setHeader('connection', 'close')
    response.end('{}')
  })
  const staying = await instance(t, good)
  const transport = transportTo(t, [leaving, staying])
  const began = performance.now()
  for (let i = 0; i < 10; i++) await transport.send('notes', write)
  // It is believed for a second, and a busy machine may take longer for these ten.
  const believed = 1 + Math.floor((performance.now() - began) / 1_000)
  assert.ok(leaving.asked >= 1 && leaving.asked <= believed, `${leaving.asked} of ${believed}`)
  assert.equal(leaving.asked + staying.asked, 10)
  await new Promise((resolve) => staying.server.close(resolve))
  staying.server.closeAllConnections()
  assert.equal((await transport.send('notes', { ...write, mayRepeat: true })).status, 200)
})

test('callee – "not now" – is passed on at once, unless the caller insists', async (t) => {
  const busy = await instance(t, (_request, response) => {
    response.statusCode = 503
    response.end('{}')
  })
  const transport = transportTo(t, [busy])
  assert.equal((await transport.send('notes', { ...write, mayRepeat: true })).status, 503)
  assert.equal(busy.asked, 1)
  const insisting = { ...write, mayRepeat: true, insists: true }
  assert.equal((await transport.send('notes', insisting)).status, 503)
  assert.equal(busy.asked, 4)
})

test('callee – a deadline – goes along, less what was spent', async (t) => {
  const told: number[] = []
  const one = await instance(t, (request, response) => {
    told.push(Number(request.headers['x-deadline-ms']))
    if (told.length < 2) request.socket.destroy()
    else response.end('{}')
  })
  const transport = transportTo(t, [one])
  await transport.send('notes', { ...write, mayRepeat: true, withinMs: 10_000 })
  const [first = 0, second = 0] = told
  assert.ok(first > 5_000 && first <= 10_000, `${first}`)
  assert.ok(second < first, `${second}`)
})

const keyed: Outgoing = { ...write, mayRepeat: true, insists: true }

const notNow =
  (money: string): RequestListener =>
  (_request, response) => {
    response.statusCode = 503
    response.end(JSON.stringify({ code: 'kernel.unavailable', status: 503, money }))
  }

/** Gets the request whole, loses its answer, and listens no more. */
async function dyingWithIt(t: TestContext): Promise<Instance> {
  const one = await instance(t, (request) => {
    one.server.close()
    request.resume().on('end', () => request.socket.destroy())
  })
  return one
}

test('callee – a lost answer, then nobody listens or the breaker is open – the outcome stays unknown; of reads nothing is left', async (t) => {
  for (const more of [{}, { breakAfter: 1, halfOpenAfterMs: 60_000 }]) {
    const one = await dyingWithIt(t)
    const transport = transportTo(t, [one], more)
    await assert.rejects(transport.send('notes', keyed), {
      name: 'Unavailable',
      outcome: 'unknown',
    })
    assert.equal(one.asked, 1)
    await assert.rejects(transport.send('notes', keyed), { outcome: 'nothing' })
  }
  const read = { ...write, method: 'GET', body: null, mayRepeat: true, reads: true }
  const transport = transportTo(t, [await dyingWithIt(t)])
  await assert.rejects(transport.send('notes', read), { outcome: 'nothing' })
})

test('callee – a lost answer, then "not now, nothing was done" of another instance – the outcome stays unknown', async (t) => {
  const dying = await instance(t, (request) => void request.socket.destroy())
  const busy = await instance(t, notNow('untouched'))
  const transport = transportTo(t, [dying, busy])
  await assert.rejects(transport.send('notes', { ...keyed, insists: false }), {
    name: 'Unavailable',
    outcome: 'unknown',
  })
  assert.deepEqual([dying.asked, busy.asked], [1, 1])
})

test('callee – "not now" that may have done it, then one that did nothing – the outcome stays unknown', async (t) => {
  const unsure = await instance(t, notNow('checking'))
  const busy = await instance(t, notNow('untouched'))
  const later = transportTo(t, [busy, unsure, busy])
  await assert.rejects(later.send('notes', keyed), { outcome: 'unknown' })
  const sure = await transportTo(t, [busy]).send('notes', keyed)
  assert.equal(JSON.parse(sure.body ?? '').money, 'untouched')
  const told = await transportTo(t, [unsure]).send('notes', keyed)
  assert.equal(JSON.parse(told.body ?? '').money, 'checking')
})
