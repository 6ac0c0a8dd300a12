import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { openHttp } from '../http/server.ts'
import { isOutage, Unavailable } from '../pure/failure.ts'
import type { Interaction } from '../pure/interaction.ts'
import { Problem } from '../pure/problem.ts'
import { Context, serviceCaller } from '../service/context.ts'
import { kernelProblems } from '../service/problems.ts'
import {
  type NotesFixture,
  noteProblems,
  notesClient,
  openNotes,
  readNote,
  takeNote,
} from '../testing/notes.ts'
import { bind, type OutgoingCall, type Transport } from './bind.ts'
import { openHttpTransport } from './http.ts'
import { inProcess } from './in-process.ts'

const participants = new Map([['notes', 'NoteSvc']])

interface Side {
  readonly name: string
  readonly notes: NotesFixture
  readonly transport: Transport
}

async function sides(t: TestContext): Promise<Side[]> {
  const near = await openNotes(t)
  const far = await openNotes(t)
  const host = await openHttp({
    mounted: [far.mounted],
    env: far.env,
    internal: true,
    authenticate: async ({ authorization }) => {
      if (authorization !== 'Bearer token of orders')
        throw new Problem(kernelProblems.unauthenticated)
      return serviceCaller('orders')
    },
  })
  const http = openHttpTransport({
    urls: new Map([['notes', [host.url]]]),
    token: async () => 'token of orders',
  })
  t.after(async () => {
    await http.close()
    await host.close()
  })
  return [
    { name: 'in process', notes: near, transport: inProcess(() => near.mounted) },
    { name: 'http', notes: far, transport: http },
  ]
}

const contextOf = ({ notes }: { notes: NotesFixture }, flow?: string): Context =>
  new Context(notes.env, {
    service: 'orders',
    participant: 'OrderSvc',
    caller: serviceCaller('orders'),
    correlation: 'corr-1',
    ...(flow === undefined ? {} : { flow }),
  })

const clientOf = (side: Side, ctx = contextOf(side)) =>
  bind(notesClient, { transport: side.transport, participants }, ctx)

type Client = ReturnType<typeof clientOf>

/** What a call came to, without what differs from run to run. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return { answered: await call }
  } catch (error) {
    if (error instanceof Problem) return { problem: { ...error.body(), trace_id: undefined } }
    if (error instanceof Unavailable)
      return {
        unavailable: error.message,
        outage: isOutage(error),
        outcome: error.outcome,
        cause: (error.cause as Problem).kind,
      }
    return { failed: String(error) }
  }
}

type Bad = { body: never; query: never; params: never }
const bad = (value: unknown) => value as Bad

const CASES: readonly (readonly [
  string,
  (c: Client, notes: NotesFixture) => Promise<unknown>,
  RegExp,
])[] = [
  ['a good call', (c) => c.takeNote({ body: { text: 'milk', stars: 3 } }), /"stars":3/],
  [
    'an optional field left undefined',
    (c) => c.takeNote({ body: { text: 'a', stars: undefined as never } }),
    /"stars":0/,
  ],
  [
    'a Date where text is wanted',
    (c) => c.takeNote({ body: { text: new Date(0) as never } }),
    /1970-01-01T00:00:00.000Z/,
  ],
  [
    'a key twice',
    async (c) => [
      await c.takeNote({ body: { text: 'a' }, idempotencyKey: 'k' }),
      await c.takeNote({ body: { text: 'a' }, idempotencyKey: 'k' }),
    ],
    /note_id/,
  ],
  [
    'a key for another body',
    (c) => c.takeNote({ body: { text: 'b' }, idempotencyKey: 'k' }),
    /kernel.idempotency_key_reused/,
  ],
  [
    'typed query',
    (c) => c.listNotes({ query: { limit: 7, loud: true, tag: ['a', 'b&c'] } }),
    /"limit":7,"loud":true,"tag":\["a","b&c"\]/,
  ],
  ['no query', (c) => c.listNotes(), /"limit":10/],
  [
    'a parameter that must be escaped',
    (c) => c.readNote({ params: { note_id: 'a/b?c=ü%' } }),
    /notes.unknown_note/,
  ],
  [
    'a refusal',
    (c, n) => {
      n.parts.act = async () => {
        throw new Problem(noteProblems.too_many, {
          detail: 'three',
          facts: { max: 3 },
          retryAfterSeconds: 9,
        })
      }
      return c.takeNote({ body: { text: 'a' } })
    },
    /"retry_after":9/,
  ],
  ['a wrong body', (c) => c.takeNote(bad({ body: { text: 1, more: 2 } })), /kernel.invalid_input/],
  [
    'a wrong query',
    (c) => c.listNotes(bad({ query: { limit: 'x', what: 1 } })),
    /kernel.invalid_input/,
  ],
  ['no answer body', (c) => c.deleteNote({ params: { note_id: 'n' } }), /^\{\}$/],
  ['an internal route', (c) => c.countNotes(), /"count":/],
  [
    'a bug of theirs',
    (c, n) => {
      n.parts.act = async () => {
        throw new Error('secret')
      }
      return c.takeNote({ body: { text: 'a' } })
    },
    /unavailable.*"outage":false.*kernel.internal/,
  ],
  [
    'they lost the outcome',
    (c, n) => {
      n.parts.act = async () => {
        throw new Unavailable('x', { outcome: 'unknown' })
      }
      return c.takeNote({ body: { text: 'a' } })
    },
    /"outage":true.*unknown.*kernel.unavailable/,
  ],
]

test('transports – one table of cases – same answers and same problems', async (t) => {
  const both = await sides(t)
  for (const [name, act, expected] of CASES) {
    const outcomes: unknown[] = []
    for (const side of both) {
      const outcome = await outcomeOf(act(clientOf(side), side.notes))
      for (const step of ['ask', 'act', 'finish'] as const) delete side.notes.parts[step]
      assert.match(JSON.stringify(outcome), expected, `${name}, ${side.name}`)
      outcomes.push(outcome)
    }
    assert.deepEqual(outcomes[1], outcomes[0], name)
  }
  const [near, far] = await Promise.all(both.map((side) => side.notes.count()))
  assert.equal(near, far)
})

/** Without times, which do not differ in kind. */
const arrows = (interactions: readonly Interaction[]) =>
  interactions.map(
    ({ kind, from, to, name, outcome }) => `${kind} ${from}→${to} ${name} ${outcome}`,
  )

test('bind – a call and its reply – are noted by the caller, with flow, cause and correlation', async (t) => {
  for (const side of await sides(t)) {
    const ctx = contextOf(side)
    const note = await clientOf(side, ctx).takeNote({ body: { text: 'a' } })
    assert.equal(ctx.flow, note.note_id, side.name)
    await assert.rejects(clientOf(side, ctx).readNote({ params: { note_id: 'nope' } }), {
      name: 'Problem',
    })
    ctx.end()
    const { recorded } = side.notes
    assert.deepEqual(arrows(recorded), [
      'call OrderSvc→NoteSvc POST /notes ok',
      'reply NoteSvc→OrderSvc POST /notes 201',
      'call OrderSvc→NoteSvc GET /notes/:note_id ok',
      'reply NoteSvc→OrderSvc GET /notes/:note_id 404',
    ])
    assert.equal(recorded[1]?.parent, recorded[0]?.id)
    assert.ok(recorded.every((interaction) => interaction.flow === note.note_id))
  }
})

test('bind – what goes with a call – arrives: flow kept, call id as cause, correlation', async () => {
  const calls: OutgoingCall[] = []
  const transport: Transport = {
    call: async (_route, call) => {
      calls.push(call)
      return { status: 204, headers: {} }
    },
  }
  const recorded: Interaction[] = []
  let count = 0
  const env = {
    clock: { now: () => 0 },
    ids: { uuid: () => `id-${++count}`, next: () => 'x_1' as never },
    log: undefined as never,
    recorder: { record: (all: readonly Interaction[]) => recorded.push(...all) },
  }
  const ctx = new Context(env, {
    service: 'orders',
    participant: 'OrderSvc',
    caller: serviceCaller('orders'),
    correlation: 'corr-1',
    flow: 'ord_1',
    traceparent: '00-1-2-01',
  })
  await bind(notesClient, { transport, participants }, ctx).deleteNote({ params: { note_id: 'n' } })
  ctx.end()
  assert.deepEqual(calls, [
    {
      params: { note_id: 'n' },
      query: {},
      from: 'orders',
      correlation: 'corr-1',
      cause: recorded[0]?.id,
      flow: 'ord_1',
      traceparent: '00-1-2-01',
    },
  ])
})

async function stub(
  t: TestContext,
  answer: RequestListener,
): Promise<{ url: string; server: Server }> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  t.after(() => server.closeAllConnections())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

const outgoing: OutgoingCall = {
  params: { note_id: 'n' },
  query: {},
  from: 'orders',
  correlation: 'c',
  cause: 'i',
}

const transportTo = (t: TestContext, url: string, more = {}) => {
  const transport = openHttpTransport({
    urls: new Map([['notes', [url]]]),
    token: async () => 'x',
    ...more,
  })
  t.after(() => transport.close())
  return transport
}

test('http transport – nobody listens – is unavailable with nothing done', async (t) => {
  const { url, server } = await stub(t, () => undefined)
  await new Promise((resolve) => server.close(resolve))
  const transport = transportTo(t, url)
  await assert.rejects(transport.call(takeNote, { ...outgoing, body: '{}' }), {
    name: 'Unavailable',
    outcome: 'nothing',
  })
  await assert.rejects(transport.call({ ...takeNote, service: 'else' }, outgoing), {
    name: 'Unavailable',
  })
})

test('http transport – no answer in time, or before its caller gives up – is unavailable, of a write with unknown outcome', async (t) => {
  let asked = 0
  const { url } = await stub(t, () => {
    asked += 1
  })
  const transport = transportTo(t, url, { deadlineMs: 2_000 })
  await assert.rejects(transport.call(takeNote, { ...outgoing, body: '{}' }), {
    name: 'Unavailable',
    outcome: 'unknown',
  })
  assert.equal(asked, 1)
  const hasty = { ...outgoing, deadline: performance.now() + 200.5 }
  await assert.rejects(transport.call(readNote, hasty), {
    name: 'Unavailable',
    outcome: 'nothing',
  })
})

test('http transport – answers lost – are asked for again only where that is safe', async (t) => {
  let asked = 0
  const { url } = await stub(t, (request, response) => {
    asked += 1
    if (asked < 3) request.socket.destroy()
    else response.end('{}')
  })
  const transport = transportTo(t, url)
  await assert.rejects(transport.call(takeNote, { ...outgoing, body: '{}' }), {
    outcome: 'unknown',
  })
  assert.equal(asked, 1)
  const keyed = { ...outgoing, body: '{}', idempotencyKey: 'k' }
  assert.equal((await transport.call(takeNote, keyed)).status, 200)
  assert.equal(asked, 3)
  asked = 0
  assert.equal((await transport.call(readNote, outgoing)).status, 200)
  assert.equal(asked, 3)
})

test('http transport – 503 again and again – is passed on as it is', async (t) => {
  let asked = 0
  const { url } = await stub(t, (_request, response) => {
    asked += 1
    response.statusCode = 503
    response.end('{"code":"kernel.unavailable","status":503}')
  })
  const transport = transportTo(t, url)
  assert.equal((await transport.call(readNote, outgoing)).status, 503)
  assert.equal(asked, 3)
  assert.equal((await transport.call(takeNote, { ...outgoing, body: '{}' })).status, 503)
  assert.equal(asked, 4)
})

test('http transport – failures in a row – open the breaker; a good answer closes it', async (t) => {
  let asked = 0
  let broken = true
  const { url } = await stub(t, (request, response) => {
    asked += 1
    if (broken) request.socket.destroy()
    else response.end('{}')
  })
  const writer = (halfOpenAfterMs: number) => {
    const transport = transportTo(t, url, { breakAfter: 2, halfOpenAfterMs })
    return () => transport.call(takeNote, { ...outgoing, body: '{}' })
  }
  const [patient, eager] = [writer(60_000), writer(1)]
  for (const write of [patient, patient, eager, eager])
    await assert.rejects(write(), { name: 'Unavailable', outcome: 'unknown' })
  assert.equal(asked, 4)
  broken = false
  await assert.rejects(patient(), { name: 'Unavailable', outcome: 'nothing' })
  assert.equal(asked, 4)
  while ((await eager().catch(() => undefined))?.status !== 200);
  assert.equal(asked, 5)
})

test('client – a reply with a field that we do not know – is taken; one without a field that we need is not', async (t) => {
  const note = { note_id: 'n', text: 't', stars: 1 }
  let body: unknown = { ...note, newer: true }
  const transport: Transport = {
    call: async () => ({ status: 200, headers: {}, body: JSON.stringify(body) }),
  }
  const side = { name: 'stub', notes: await openNotes(t), transport }
  assert.deepEqual(await clientOf(side).readNote({ params: { note_id: 'n' } }), body)
  body = { note_id: 'n' }
  await assert.rejects(
    clientOf(side).readNote({ params: { note_id: 'n' } }),
    /contract does not have/,
  )
})
