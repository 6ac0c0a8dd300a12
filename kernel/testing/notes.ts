// A small service for tests of the machinery: it keeps notes. Tests reach into its features through `parts`, to make them
// wait, refuse or break at the step they are about.

import type { TestContext } from 'node:test'
import type pg from 'pg'
import Type from 'typebox'
import { sql } from '../db/sql.ts'
import type { Logger } from '../observability/log.ts'
import { client } from '../pure/client.ts'
import { event, route } from '../pure/contract.ts'
import type { Interaction } from '../pure/interaction.ts'
import { Problem, problems } from '../pure/problem.ts'
import type { Caller, Environment } from '../service/context.ts'
import { mount } from '../service/dispatch.ts'
import { feature, query, reply, saga } from '../service/feature.ts'
import type { Mounted, RawRequest } from '../service/mount.ts'
import type { Service } from '../service/service.ts'
import type { Tx } from '../service/tx.ts'
import { testClock } from './clock.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { testIds } from './ids.ts'

export const noteProblems = problems('notes', {
  unknown_note: [404, 'No such note', 'Check its number.'],
  too_many: [409, 'Too many notes', 'Delete one first.'],
})

export const noteTaken = event({
  type: 'note.taken',
  source: 'notes',
  key: 'note_id',
  summary: 'A note was taken.',
  data: Type.Object({ note_id: Type.String(), text: Type.String() }),
})

const Note = Type.Object({ note_id: Type.String(), text: Type.String(), stars: Type.Integer() })
const Draft = Type.Object({
  text: Type.String({ minLength: 1, maxLength: 100 }),
  stars: Type.Optional(Type.Integer({ minimum: 0, maximum: 5 })),
  kind: Type.Optional(Type.Union([Type.Literal('plain'), Type.Literal('loud')])),
  tags: Type.Optional(Type.Array(Type.Object({ name: Type.String() }), { maxItems: 3 })),
})

const common = { service: 'notes', problems: [noteProblems.unknown_note, noteProblems.too_many] }

export const takeNote = route({
  ...common,
  name: 'takeNote',
  method: 'POST',
  path: '/notes',
  summary: 'Takes a note.',
  access: ['customer', 'service'],
  idempotent: true,
  body: Draft,
  replies: { 201: Note },
})

/** Goes on after its commit. */
export const sendNote = route({
  ...common,
  name: 'sendNote',
  method: 'POST',
  path: '/notes/:note_id/send',
  summary: 'Sends a note.',
  access: ['customer', 'service'],
  idempotent: true,
  params: Type.Object({ note_id: Type.String({ pattern: '^[0-9a-z-]+$' }) }),
  replies: { 200: Type.Object({ sent: Type.Integer() }) },
})

export const readNote = route({
  ...common,
  name: 'readNote',
  method: 'GET',
  path: '/notes/:note_id',
  summary: 'One note.',
  access: 'public',
  params: Type.Object({ note_id: Type.String({ maxLength: 60 }) }),
  replies: { 200: Note },
})

export const listNotes = route({
  ...common,
  name: 'listNotes',
  method: 'GET',
  path: '/notes',
  summary: 'Notes.',
  access: 'public',
  query: Type.Object({
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 10 })),
    loud: Type.Optional(Type.Boolean()),
    tag: Type.Optional(Type.Array(Type.String())),
  }),
  replies: { 200: Type.Object({ asked: Type.Unknown() }) },
})

export const deleteNote = route({
  ...common,
  name: 'deleteNote',
  method: 'DELETE',
  path: '/notes/:note_id',
  summary: 'Deletes a note.',
  access: ['operator', 'service'],
  params: Type.Object({ note_id: Type.String() }),
  replies: { 204: Type.Null() },
})

export const countNotes = route({
  ...common,
  name: 'countNotes',
  method: 'GET',
  path: '/internal/notes/count',
  summary: 'For services.',
  access: 'internal',
  replies: { 200: Type.Object({ count: Type.Integer() }) },
})

export const hookNote = route({
  ...common,
  name: 'hookNote',
  method: 'POST',
  path: '/hooks/notes',
  summary: 'Something that a provider sends.',
  access: 'public',
  raw: true,
  body: Type.Unknown(),
  replies: { 200: Type.String() },
})

export const notesClient = client('notes', {
  takeNote,
  sendNote,
  readNote,
  listNotes,
  deleteNote,
  countNotes,
})

/** What tests put into the features. */
export interface NotesParts {
  ask?: () => Promise<void>
  act?: () => Promise<void>
  finish?: () => Promise<void>
  /** The saga's last transaction makes its answer. */
  answers?: boolean
  /** Instead of a good reply. */
  reply?: unknown
  hooked?: { raw: string; body: unknown }
}

interface NoteRow {
  note_id: string
  text: string
  stars: number
}

const take = feature<typeof takeNote, {}, NotesParts, undefined>(takeNote, {
  ask: async ({ parts }) => {
    await parts.ask?.()
  },
  act: async ({ tx, input, ctx, parts }) => {
    const { text, stars = 0 } = input.body
    const note_id = ctx.env.ids.uuid()
    ctx.flow ??= note_id
    tx.write(
      sql`insert into notes.notes (note_id, text, stars) values (${note_id}, ${text}, ${stars})`,
    )
    tx.publish(noteTaken, { note_id, text })
    await parts.act?.()
    return (parts.reply ?? reply(201, { note_id, text, stars })) as never
  },
})

const send = saga<typeof sendNote, string, {}, NotesParts>(sendNote, {
  act: async ({ tx, input, parts }) => {
    const { note_id } = input.params
    const rows = await tx.run(
      sql`update notes.notes set sent = sent + 1 where note_id = ${note_id}`,
    )
    await parts.act?.()
    return rows === 1 ? note_id : Promise.reject(new Error(`no note ${note_id}`))
  },
  finish: async ({ done, unit, answer, parts }) => {
    await parts.finish?.()
    const count = async (tx: Tx) => {
      const row = await tx.one(sql<{ sent: number }>`
        update notes.notes set told = told + 1 where note_id = ${done} returning sent`)
      return reply(200, { sent: row.sent })
    }
    return parts.answers === true ? answer(count) : unit(count)
  },
})

const read = query<typeof readNote, {}, NotesParts>(readNote, async ({ input, read, parts }) => {
  await parts.ask?.()
  const row = await read((tx) =>
    tx.maybe(sql<NoteRow>`
      select note_id, text, stars from notes.notes where note_id = ${input.params.note_id}`),
  )
  if (row === undefined) throw new Problem(noteProblems.unknown_note)
  return (parts.reply ?? reply(200, row)) as never
})

const list = query(listNotes, async ({ input }) => reply(200, { asked: input.query }))

const remove = feature(deleteNote, {
  act: async ({ tx, input }) => {
    await tx.run(sql`delete from notes.notes where note_id = ${input.params.note_id}`)
    return reply(204, null)
  },
})

const count = query(countNotes, async ({ read: unit }) => {
  const row = await unit((tx) =>
    tx.one(sql<{ count: number }>`select count(*)::int as count from notes.notes`),
  )
  return reply(200, { count: row.count })
})

const hook = feature<typeof hookNote, {}, NotesParts>(hookNote, {
  act: async ({ input, parts }) => {
    parts.hooked = { raw: Buffer.from(input.raw ?? []).toString(), body: input.body }
    return reply(200, 'OK')
  },
})

export const notesService: Service = {
  name: 'notes',
  participant: 'NoteSvc',
  migrations: new URL('./', import.meta.url),
  features: [take, send, read, list, remove, count, hook],
  handlers: [],
  jobs: [],
  uses: [],
  publishes: [noteTaken],
  problems: noteProblems,
}

/** Its table, made by its own role. */
export async function createNotes(pool: pg.Pool): Promise<void> {
  await pool.query(`create table notes.notes (
    note_id text primary key, text text not null, stars int not null, sent int not null default 0,
    told int not null default 0)`)
}

export interface NotesFixture {
  readonly mounted: Mounted
  readonly parts: NotesParts
  readonly env: Environment
  readonly db: TestDatabase
  readonly log: LogLine[]
  readonly recorded: Interaction[]
  /** Types of the events whose transactions were committed. */
  readonly woken: string[]
  /** Number of notes. */
  count(): Promise<number>
}

export interface LogLine {
  readonly level: string
  readonly fields: Record<string, unknown>
  readonly message: string
}

function collectingLog(lines: LogLine[], base: Record<string, unknown> = {}): Logger {
  const at = (level: string) => (fields: Record<string, unknown>, message: string) => {
    lines.push({ level, fields: { ...base, ...fields }, message })
  }
  return {
    child: (fields) => collectingLog(lines, { ...base, ...fields }),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  }
}

/** The service on a fresh database, under its own role. */
export async function openNotes(t: TestContext): Promise<NotesFixture> {
  const db = await testDatabase(t, { services: [{ name: 'notes' }] })
  const pool = db.poolFor('notes')
  await createNotes(pool)
  const log: LogLine[] = []
  const recorded: Interaction[] = []
  const woken: string[] = []
  const parts: NotesParts = {}
  const env: Environment = {
    clock: testClock(),
    ids: testIds(),
    log: collectingLog(log),
    recorder: { record: (interactions) => recorded.push(...interactions) },
  }
  const mounted = mount(notesService, {
    pool,
    env,
    parts,
    clients: () => ({}),
    append: () => [],
    onCommitted: (events) => woken.push(...events.map((event) => event.type)),
  })
  const count = async (): Promise<number> =>
    (await db.pool.query('select count(*)::int as n from notes.notes')).rows[0].n
  return { mounted, parts, env, db, log, recorded, woken, count }
}

let keys = 0
/** A request as it arrives after its transport; by a customer, unless told otherwise. */
export function request(more: Partial<RawRequest> & { key?: string } = {}): RawRequest {
  keys += 1
  const { key, ...rest } = more
  return {
    params: {},
    query: {},
    headers: key === undefined ? {} : { 'idempotency-key': key },
    body: undefined,
    caller: customer,
    ip: '192.0.2.1',
    correlation: `test-${keys}`,
    ...rest,
  }
}

export const customer: Caller = { kind: 'user', id: 'usr_1', roles: ['customer'] }

/** The JSON of an answer. */
export const bodyOf = (answer: { body?: string }): Record<string, unknown> =>
  JSON.parse(answer.body ?? '{}') as Record<string, unknown>
