import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '../db/sql.ts'
import { Retryable, Unavailable } from '../pure/failure.ts'
import { Problem } from '../pure/problem.ts'
import { armFaults } from '../testing/failpoint.ts'
import {
  bodyOf,
  countNotes,
  customer,
  deleteNote,
  type NotesFixture,
  noteProblems,
  notesService,
  openNotes,
  readNote,
  request,
  sendNote,
  takeNote,
} from '../testing/notes.ts'
import { anonymous, type Caller, serviceCaller } from './context.ts'
import { mount } from './dispatch.ts'
import { feature } from './feature.ts'

const draft = { text: 'milk' }
const levels = (notes: NotesFixture): string[] => notes.log.map((line) => line.level)

test('dispatch – a good request – is answered, committed and recorded', async (t) => {
  const notes = await openNotes(t)
  const reply = await notes.mounted.call(takeNote, request({ body: draft }))
  assert.equal(reply.status, 201)
  assert.equal(reply.headers['content-type'], 'application/json')
  const { note_id } = bodyOf(reply)
  assert.deepEqual(bodyOf(reply), { note_id, text: 'milk', stars: 0 })
  assert.equal(reply.flow, note_id)
  assert.deepEqual(notes.woken, ['note.taken'])
  const read = await notes.mounted.call(readNote, request({ params: { note_id: String(note_id) } }))
  assert.deepEqual(bodyOf(read), bodyOf(reply))
})

const operator: Caller = { kind: 'user', id: 'usr_9', roles: ['operator'] }

test('dispatch – who may – decides before what was sent', async (t) => {
  const { mounted } = await openNotes(t)
  const status = async (route: typeof takeNote | typeof deleteNote, caller: Caller) => {
    const reply = await mounted.call(route, request({ caller, body: 'nonsense' }))
    return `${reply.status} ${bodyOf(reply).code}`
  }
  assert.equal(await status(takeNote, anonymous), '401 kernel.unauthenticated')
  assert.equal(await status(takeNote, operator), '403 kernel.forbidden')
  assert.equal(await status(takeNote, customer), '400 kernel.invalid_input')
  const count = (caller: Caller) => mounted.call(countNotes, request({ caller }))
  assert.equal((await count(operator)).status, 403)
  assert.equal((await count(anonymous)).status, 401)
  assert.equal((await count(anonymous)).headers['www-authenticate'], 'Bearer')
  assert.equal((await count(serviceCaller('orders'))).status, 200)
  const gone = await mounted.call(
    deleteNote,
    request({ caller: operator, params: { note_id: 'x' } }),
  )
  assert.deepEqual([gone.status, gone.body], [204, undefined])
})

test('dispatch – a refusal – rolls back and reads as a problem', async (t) => {
  const notes = await openNotes(t)
  notes.parts.act = async () => {
    throw new Problem(noteProblems.too_many, { detail: 'You have 3.', facts: { max: 3 } })
  }
  const sent = request({ body: draft })
  const reply = await notes.mounted.call(takeNote, sent)
  assert.equal(reply.status, 409)
  assert.equal(reply.headers['content-type'], 'application/problem+json')
  assert.deepEqual(bodyOf(reply), {
    type: 'urn:rialto:problem:notes.too_many',
    title: 'Too many notes',
    status: 409,
    detail: 'You have 3.',
    code: 'notes.too_many',
    action: 'Delete one first.',
    money: 'untouched',
    trace_id: sent.correlation,
    facts: { max: 3 },
  })
  assert.equal(await notes.count(), 0)
  assert.deepEqual(notes.woken, [])
  assert.deepEqual(levels(notes), ['info'])
})

test('dispatch – a bug – answers a trace id and nothing of itself', async (t) => {
  const notes = await openNotes(t)
  notes.parts.act = async () => {
    throw new Error('password of the vault is swordfish')
  }
  const sent = request({ body: draft })
  const reply = await notes.mounted.call(takeNote, sent)
  assert.equal(reply.status, 500)
  assert.equal(bodyOf(reply).code, 'kernel.internal')
  assert.equal(bodyOf(reply).trace_id, sent.correlation)
  assert.ok(!reply.body?.includes('swordfish'))
  assert.deepEqual(levels(notes), ['error'])
  assert.match(String(notes.log[0]?.fields.err), /swordfish/)
  assert.equal(notes.log[0]?.fields.correlation, sent.correlation)
  assert.equal(await notes.count(), 0)
})

const MISFITS: readonly (readonly [string, unknown])[] = [
  ['a status that is not declared', { status: 202, body: {} }],
  ['a missing field', { status: 201, body: { note_id: 'n', text: 't' } }],
  ['a wrong type', { status: 201, body: { note_id: 'n', text: 't', stars: '1' } }],
  ['a field too many', { status: 201, body: { note_id: 'n', text: 't', stars: 1, secret: 's' } }],
  ['a bigint', { status: 201, body: { note_id: 'n', text: 't', stars: 1n } }],
  ['nothing', null],
]

test('dispatch – a reply that its contract does not have – is a bug and leaves no effect', async (t) => {
  const notes = await openNotes(t)
  for (const [name, misfit] of MISFITS) {
    notes.parts.reply = misfit
    notes.log.length = 0
    // null means "no reply" to the fixture, so it is made by a function of its own.
    const mounted =
      misfit === null
        ? mount(
            { ...notesService, features: [feature(takeNote, { act: async () => null as never })] },
            {
              pool: notes.db.poolFor('notes'),
              env: notes.env,
              parts: {},
              clients: () => ({}),
              append: () => [],
            },
          )
        : notes.mounted
    const reply = await mounted.call(takeNote, request({ body: draft }))
    assert.equal(reply.status, 500, name)
    assert.deepEqual(levels(notes), ['error'], name)
  }
  assert.equal(await notes.count(), 0)
})

const PASSING: readonly (readonly [string, () => unknown, string])[] = [
  ['a neighbour is down', () => new Unavailable('down'), 'untouched'],
  [
    'a neighbour may have done it',
    () => new Unavailable('lost', { outcome: 'unknown' }),
    'checking',
  ],
  ['try later', () => new Retryable('busy', { afterMs: 6_500 }), 'untouched'],
  ['the database is lost', () => Object.assign(new Error('x'), { code: '57P01' }), 'untouched'],
  ['a lock is not to be had', () => Object.assign(new Error('x'), { code: '55P03' }), 'untouched'],
  [
    'a statement takes too long',
    () => Object.assign(new Error('x'), { code: '57014' }),
    'untouched',
  ],
]

test('dispatch – what passes by itself – is 503 with a time and says how the money stands', async (t) => {
  const notes = await openNotes(t)
  for (const [name, make, money] of PASSING) {
    notes.parts.act = async () => {
      throw make()
    }
    const reply = await notes.mounted.call(takeNote, request({ body: draft }))
    const problem = bodyOf(reply)
    assert.deepEqual(
      [reply.status, problem.code, problem.money],
      [503, 'kernel.unavailable', money],
      name,
    )
    assert.equal(reply.headers['retry-after'], name === 'try later' ? '7' : '2')
    assert.equal(String(problem.retry_after), reply.headers['retry-after'])
  }
  assert.ok(levels(notes).every((level) => level === 'warn'))
  assert.equal(await notes.count(), 0)
})

test('dispatch – a row lock held by another – is 503 after the lock time-out', async (t) => {
  const notes = await openNotes(t)
  const taken = bodyOf(await notes.mounted.call(takeNote, request({ body: draft })))
  const note_id = String(taken.note_id)
  const other = await notes.db.pool.connect()
  try {
    await other.query('begin')
    await other.query('update notes.notes set sent = 5 where note_id = $1', [note_id])
    const reply = await notes.mounted.call(sendNote, request({ params: { note_id } }))
    assert.deepEqual([reply.status, bodyOf(reply).money], [503, 'untouched'])
  } finally {
    await other.query('rollback')
    other.release()
  }
  const again = await notes.mounted.call(sendNote, request({ params: { note_id } }))
  assert.deepEqual(bodyOf(again), { sent: 1 })
})

test('dispatch – connection cut before the commit – is 503 and untouched', async (t) => {
  const notes = await openNotes(t)
  const open = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and state = 'idle in transaction'`
  notes.parts.act = async () => {
    while ((await notes.db.pool.query(open)).rowCount === 0);
  }
  const reply = await notes.mounted.call(takeNote, request({ body: draft }))
  assert.equal(reply.status, 503)
  assert.equal(bodyOf(reply).code, 'kernel.unavailable')
  assert.equal(await notes.count(), 0)
})

test('dispatch – a key that has its answer, and an act that refuses by now – the answer, not the refusal', async (t) => {
  const notes = await openNotes(t)
  const first = await notes.mounted.call(takeNote, request({ key: 'k1', body: draft }))
  notes.parts.act = async () => {
    throw new Problem(noteProblems.too_many, { facts: { max: 3 } })
  }
  const again = await notes.mounted.call(takeNote, request({ key: 'k1', body: draft }))
  assert.deepEqual([again.status, again.body], [201, first.body])
  assert.equal(again.headers['idempotency-replayed'], 'true')
  const fresh = await notes.mounted.call(takeNote, request({ key: 'k2', body: draft }))
  assert.deepEqual([fresh.status, bodyOf(fresh).code], [409, noteProblems.too_many.code])
  assert.equal(await notes.count(), 1)
})

test('dispatch – connection cut during COMMIT – is 503 and says that the outcome is unknown', async (t) => {
  const notes = await openNotes(t)
  const { pool } = notes.db
  await pool.query(`
    create function public.nap() returns trigger language plpgsql as
      $$ begin perform pg_sleep(4); return null; end $$;
    create constraint trigger nap after insert on notes.notes
      deferrable initially deferred for each row execute function public.nap()`)
  await pool.query('grant usage on schema public to public')
  const asked = notes.mounted.call(takeNote, request({ key: 'k1', body: draft }))
  const asleep = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event = 'PgSleep'`
  while ((await pool.query(asleep)).rowCount === 0);
  const reply = await asked
  assert.deepEqual([reply.status, bodyOf(reply).money], [503, 'checking'])
  assert.match(String(bodyOf(reply).detail), /not known/)
  await pool.query('drop trigger nap on notes.notes')
  const again = await notes.mounted.call(takeNote, request({ key: 'k1', body: draft }))
  assert.equal(again.status, 201)
  assert.equal(await notes.count(), 1)
})

test('dispatch – a read – cannot write', async (t) => {
  const notes = await openNotes(t)
  const writing = mount(
    {
      ...notesService,
      features: [
        {
          route: countNotes,
          answer: async ({ read }) => {
            await read((tx) => tx.run(sql`insert into notes.notes values ('n', 't', 1)`))
            return { status: 200, body: { count: 0 } }
          },
        },
      ],
    },
    {
      pool: notes.db.poolFor('notes'),
      env: notes.env,
      parts: {},
      clients: () => ({}),
      append: () => [],
    },
  )
  const reply = await writing.call(countNotes, request({ caller: serviceCaller('orders') }))
  assert.equal(reply.status, 500)
  assert.equal(await notes.count(), 0)
})

test('dispatch – a failure after the answer was made – still ends the context', async (t) => {
  const notes = await openNotes(t)
  t.after(() => armFaults(''))
  armFaults('http.before_reply:1:throw')
  await assert.rejects(notes.mounted.call(takeNote, request({ body: draft })), /failpoint/)
  armFaults('')
  assert.equal(await notes.count(), 1)
})

test('mount – routes of another service, one name twice – are refused at start', () => {
  const deps = {} as Parameters<typeof mount>[1]
  const [first] = notesService.features
  assert.throws(() => mount({ ...notesService, name: 'other' }, deps), /is a route of notes/)
  assert.throws(
    () => mount({ ...notesService, features: [first!, first!] }, deps),
    /two routes takeNote/,
  )
})
