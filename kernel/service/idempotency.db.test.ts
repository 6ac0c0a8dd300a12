import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { inTransaction } from '../db/transaction.ts'
import { Unavailable } from '../pure/failure.ts'
import { Problem } from '../pure/problem.ts'
import {
  bodyOf,
  customer,
  type NotesFixture,
  noteProblems,
  openNotes,
  request,
  sendNote,
  takeNote,
} from '../testing/notes.ts'
import { anonymous } from './context.ts'
import { canonicalJson, idempotencyKeyOf, purgeKeys } from './idempotency.ts'
import type { RawReply } from './mount.ts'

const draft = { text: 'milk', stars: 2 }
const take = (notes: NotesFixture, key: string, body: unknown = draft): Promise<RawReply> =>
  notes.mounted.call(takeNote, request({ key, body }))
const TAKEN = `select from pg_locks where locktype = 'advisory' and granted and database = (
  select oid from pg_database where datname = current_database())`
const isReplay = (reply: RawReply): boolean => reply.headers['idempotency-replayed'] === 'true'

/** Something to wait at: `reached` when somebody does, `open` to let everybody on. */
function gate() {
  let open = (): void => undefined
  let arrive = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const reached = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const wait = async (): Promise<void> => {
    arrive()
    await opened
  }
  return { open, reached, wait }
}

async function noteOf(notes: NotesFixture): Promise<string> {
  const reply = await notes.mounted.call(takeNote, request({ body: draft }))
  return String(bodyOf(reply).note_id)
}

const sent = async (notes: NotesFixture, note_id: string): Promise<number> => {
  const { rows } = await notes.db.pool.query('select sent from notes.notes where note_id = $1', [
    note_id,
  ])
  return rows[0].sent
}

test('idempotency – same key, same body – one effect, the stored answer', async (t) => {
  const notes = await openNotes(t)
  const first = await take(notes, 'k1')
  const second = await take(notes, 'k1', { stars: 2, text: 'milk' })
  assert.equal(first.status, 201)
  assert.ok(!isReplay(first) && isReplay(second))
  assert.deepEqual([second.status, second.body], [first.status, first.body])
  assert.equal(second.headers['content-type'], first.headers['content-type'])
  assert.equal(await notes.count(), 1)
  assert.deepEqual(notes.woken, ['note.taken'])
})

test('idempotency – same key, another request – 422 and no effect', async (t) => {
  const notes = await openNotes(t)
  await take(notes, 'k1')
  const other = await take(notes, 'k1', { text: 'bread' })
  assert.deepEqual([other.status, bodyOf(other).code], [422, 'kernel.idempotency_key_reused'])
  const params = { note_id: 'n1' }
  const elsewhere = await notes.mounted.call(sendNote, request({ key: 'k1', params }))
  assert.equal(elsewhere.status, 422)
  assert.equal(await notes.count(), 1)
  assert.ok(isReplay(await take(notes, 'k1')))
})

test('idempotency – same key of another caller – is another key', async (t) => {
  const notes = await openNotes(t)
  const by = (id: string) =>
    notes.mounted.call(takeNote, request({ key: 'k', body: draft, caller: { ...customer, id } }))
  await by('usr_1')
  assert.ok(!isReplay(await by('usr_2')))
  assert.ok(isReplay(await by('usr_1')))
  assert.equal(await notes.count(), 2)
})

test('idempotency – keys that cannot be keys – are refused before anything runs', async (t) => {
  const notes = await openNotes(t)
  for (const key of ['', 'ü', 'a\u0001', 'x'.repeat(256), 'a\nb']) {
    const reply = await take(notes, key)
    assert.deepEqual([reply.status, bodyOf(reply).code], [400, 'kernel.idempotency_key_invalid'])
  }
  assert.equal((await take(notes, `~ ${'x'.repeat(253)}`)).status, 201)
  assert.equal(await notes.count(), 1)
})

test('idempotency – the same key twice at once – one effect; 409, then the answer', async (t) => {
  const notes = await openNotes(t)
  const hold = gate()
  notes.parts.act = hold.wait
  const first = take(notes, 'k1')
  await hold.reached
  while ((await notes.db.pool.query(TAKEN)).rowCount === 0);
  delete notes.parts.act
  const second = await take(notes, 'k1')
  assert.deepEqual([second.status, bodyOf(second).code], [409, 'kernel.idempotency_in_progress'])
  assert.equal(second.headers['retry-after'], '1')
  assert.equal((await take(notes, 'k1', { text: 'x' })).status, 409)
  hold.open()
  const answered = await first
  const third = await take(notes, 'k1')
  assert.ok(isReplay(third))
  assert.equal(third.body, answered.body)
  assert.equal(await notes.count(), 1)
})

test('idempotency – forty at once on four keys – four effects, never two answers', async (t) => {
  const notes = await openNotes(t)
  const calls = Array.from({ length: 40 }, (_, i) => take(notes, `k${i % 4}`))
  const replies = await Promise.all(calls)
  assert.equal(await notes.count(), 4)
  for (const key of [0, 1, 2, 3]) {
    const good = replies.filter((reply, i) => i % 4 === key && reply.status === 201)
    assert.ok(good.length >= 1)
    assert.equal(new Set(good.map((reply) => reply.body)).size, 1)
  }
  assert.ok(replies.every((reply) => reply.status === 201 || reply.status === 409))
})

const refusing = (notes: NotesFixture): void => {
  notes.parts.act = async () => {
    throw new Problem(noteProblems.too_many, { facts: { max: 3 } })
  }
}

test('idempotency – a refusal, a bug – are kept: the retry cannot change its answer', async (t) => {
  const notes = await openNotes(t)
  refusing(notes)
  const refused = await take(notes, 'refused')
  notes.parts.act = async () => {
    throw new Error('bug')
  }
  const broken = await take(notes, 'broken')
  delete notes.parts.act
  for (const [key, first] of [
    ['refused', refused],
    ['broken', broken],
  ] as const) {
    const again = await take(notes, key)
    assert.ok(isReplay(again))
    assert.deepEqual([again.status, again.body], [first.status, first.body])
    assert.equal(again.headers['content-type'], 'application/problem+json')
  }
  assert.deepEqual([refused.status, broken.status], [409, 500])
  assert.equal(await notes.count(), 0)
})

test('idempotency – a refusal that says when to ask again – is not kept: asked again, it is done', async (t) => {
  const notes = await openNotes(t)
  notes.parts.act = async () => {
    throw new Problem(noteProblems.too_many, { retryAfterSeconds: 5 })
  }
  const refused = await take(notes, 'k1')
  assert.deepEqual([refused.status, refused.headers['retry-after']], [409, '5'])
  delete notes.parts.act
  const again = await take(notes, 'k1')
  assert.deepEqual([again.status, isReplay(again)], [201, false])
  assert.equal(await notes.count(), 1)
})

test('idempotency – a refusal while asking others – is kept too', async (t) => {
  const notes = await openNotes(t)
  notes.parts.ask = async () => {
    throw new Problem(noteProblems.unknown_note)
  }
  const first = await take(notes, 'k1')
  delete notes.parts.ask
  const again = await take(notes, 'k1')
  assert.deepEqual([again.status, again.body, isReplay(again)], [404, first.body, true])
})

test('idempotency – answered before, what ask needs is down or says no now – the first answer', async (t) => {
  const notes = await openNotes(t)
  const first = await take(notes, 'k1')
  for (const error of [new Unavailable('down'), new Problem(noteProblems.unknown_note)]) {
    notes.parts.ask = async () => {
      throw error
    }
    const again = await take(notes, 'k1')
    assert.deepEqual([again.status, again.body, isReplay(again)], [201, first.body, true])
  }
  assert.equal((await take(notes, 'k2', { text: 'x' })).status, 404)
})

const PASSING: readonly (readonly [string, unknown])[] = [
  ['not available', new Unavailable('down')],
  ['not allowed now', new Problem({ ...noteProblems.too_many, status: 403 })],
  ['too often', new Problem({ ...noteProblems.too_many, status: 429 })],
]

test('idempotency – answers of the moment, wrong input – are not kept', async (t) => {
  const notes = await openNotes(t)
  for (const [name, error] of PASSING) {
    notes.parts.act = async () => {
      throw error
    }
    const failed = await take(notes, name)
    assert.ok(failed.status >= 400)
    delete notes.parts.act
    assert.equal((await take(notes, name)).status, 201, name)
  }
  assert.equal((await take(notes, 'input', { text: 5 })).status, 400)
  assert.equal((await take(notes, 'input')).status, 201)
})

/** The saga's answer is kept in a transaction of its own, or in its last one. */
const WAYS = [
  { how: '', answers: false },
  { how: 'answering ', answers: true },
] as const

for (const { how, answers } of WAYS)
  test(`${how}saga – its calls under way – 409; afterwards the stored answer`, async (t) => {
    const notes = await openNotes(t)
    notes.parts.answers = answers
    const note_id = await noteOf(notes)
    const send = () => notes.mounted.call(sendNote, request({ key: 's1', params: { note_id } }))
    const hold = gate()
    notes.parts.finish = hold.wait
    const first = send()
    await hold.reached
    const second = await send()
    assert.deepEqual([second.status, bodyOf(second).code], [409, 'kernel.idempotency_in_progress'])
    assert.ok(Number(second.headers['retry-after']) >= 1)
    hold.open()
    const answered = await first
    assert.deepEqual([answered.status, bodyOf(answered)], [200, { sent: 1 }])
    const third = await send()
    assert.deepEqual([third.body, isReplay(third)], [answered.body, true])
    assert.equal(await sent(notes, note_id), 1)
  })

const expire = (notes: NotesFixture): Promise<unknown> =>
  notes.db.pool.query(
    `update kernel.idempotency set locked_until = clock_timestamp() - interval '1 s' where state = 'running'`,
  )

for (const { how, answers } of WAYS)
  test(`${how}saga – its process died after the first commit – runs again after the deadline`, async (t) => {
    const notes = await openNotes(t)
    notes.parts.answers = answers
    const note_id = await noteOf(notes)
    const send = () => notes.mounted.call(sendNote, request({ key: 's1', params: { note_id } }))
    const dead = gate()
    notes.parts.finish = dead.wait
    const lost = send()
    await dead.reached
    await expire(notes)
    delete notes.parts.finish
    const resumed = await send()
    assert.deepEqual([resumed.status, bodyOf(resumed)], [200, { sent: 2 }])
    // It was not dead after all: its answer gives way to the one that holds.
    dead.open()
    const late = await lost
    assert.deepEqual([late.body, isReplay(late)], [resumed.body, true])
  })

for (const { how, answers } of WAYS)
  test(`${how}saga – overtaken while the other is at work – does not answer for it`, async (t) => {
    const notes = await openNotes(t)
    notes.parts.answers = answers
    const note_id = await noteOf(notes)
    const send = () => notes.mounted.call(sendNote, request({ key: 's1', params: { note_id } }))
    const [slow, quick] = [gate(), gate()]
    notes.parts.finish = slow.wait
    const first = send()
    await slow.reached
    await expire(notes)
    notes.parts.finish = quick.wait
    const second = send()
    await quick.reached
    slow.open()
    assert.equal((await first).status, 409)
    quick.open()
    const answered = await second
    assert.equal(answered.status, 200)
    assert.equal((await send()).body, answered.body)
  })

test('saga – something is down in its calls – the key is free at once', async (t) => {
  const notes = await openNotes(t)
  const note_id = await noteOf(notes)
  const send = () => notes.mounted.call(sendNote, request({ key: 's1', params: { note_id } }))
  notes.parts.finish = async () => {
    throw new Unavailable('provider down')
  }
  const failed = await send()
  assert.deepEqual([failed.status, bodyOf(failed).money], [503, 'checking'])
  delete notes.parts.finish
  assert.equal((await send()).status, 200)
})

test('saga – refused after its commit – is kept', async (t) => {
  const notes = await openNotes(t)
  const note_id = await noteOf(notes)
  const send = () => notes.mounted.call(sendNote, request({ key: 's1', params: { note_id } }))
  notes.parts.finish = async () => {
    throw new Problem(noteProblems.too_many)
  }
  const first = await send()
  delete notes.parts.finish
  const again = await send()
  assert.deepEqual([again.status, again.body, isReplay(again)], [409, first.body, true])
  assert.equal(await sent(notes, note_id), 1)
})

for (const { how, answers } of WAYS)
  test(`${how}saga – its answer cannot be kept – is not given: 503, then the one answer that holds`, async (t) => {
    const notes = await openNotes(t)
    notes.parts.answers = answers
    const note_id = await noteOf(notes)
    const send = () => notes.mounted.call(sendNote, request({ key: 's1', params: { note_id } }))
    const settling = 'on function kernel.idem_settle(text, text, text, bytea, text, int, text)'
    await notes.db.pool.query(`revoke execute ${settling} from rialto_services`)
    const unkept = await send()
    // The role is the whole server's, its rights are this database's.
    await notes.db.pool.query(`grant execute ${settling} to rialto_services`)
    assert.deepEqual([unkept.status, bodyOf(unkept).money], [503, 'checking'])
    const answered = await send()
    const again = await send()
    assert.deepEqual([answered.status, isReplay(answered)], [200, false])
    assert.deepEqual([again.status, again.body, isReplay(again)], [200, answered.body, true])
  })

test('idempotency – nobody in particular – is told apart by address', () => {
  const scope = (ip: string) =>
    idempotencyKeyOf(takeNote, request({ key: 'k', ip, caller: anonymous }), {
      input: { params: {}, query: {}, body: draft },
      owner: () => 'o',
    })?.scope
  assert.notEqual(scope('192.0.2.1'), scope('192.0.2.2'))
  assert.equal(scope('192.0.2.1'), scope('192.0.2.1'))
})

test('purge – old answers – go; young ones and sagas at work stay', async (t) => {
  const notes = await openNotes(t)
  const note_id = await noteOf(notes)
  await take(notes, 'old')
  const hold = gate()
  notes.parts.finish = hold.wait
  const running = notes.mounted.call(sendNote, request({ key: 's', params: { note_id } }))
  await hold.reached
  await notes.db.pool.query(
    `update kernel.idempotency set created_at = created_at - interval '73 h'`,
  )
  await take(notes, 'young')
  const gone = await inTransaction(notes.db.poolFor('notes'), (tx) => purgeKeys(tx, 72, 10))
  assert.equal(gone, 1)
  assert.ok(isReplay(await take(notes, 'young')))
  hold.open()
  assert.equal((await running).status, 200)
  assert.ok(!isReplay(await take(notes, 'old')))
})

test('idempotency – a service – reaches the keys by the functions only', async (t) => {
  const notes = await openNotes(t)
  await take(notes, 'k1')
  await assert.rejects(
    notes.db.poolFor('notes').query('select * from kernel.idempotency'),
    /permission denied/,
  )
})

test('canonicalJson – any order of fields – one text; other values, another', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(text))
      assert.equal(canonicalJson(reversed(JSON.parse(text))), canonicalJson(value))
    }),
    { numRuns: 200 },
  )
  assert.notEqual(canonicalJson({ a: 1 }), canonicalJson({ a: '1' }))
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]))
  assert.equal(canonicalJson({ a: undefined, b: 1 }), canonicalJson({ b: 1 }))
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, reversed(inner)]),
  )
}
