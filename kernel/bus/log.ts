// The append side of the log. A unit of work buffers its events and appends them here, as the last statement before COMMIT:
// an event is in the log exactly when what it says is true. Topics are made known at start; an unknown one is a bug.

import type pg from 'pg'
import { type Sql, sql } from '../db/sql.ts'
import type { Envelope } from '../pure/envelope.ts'
import { partitionOf } from './murmur.ts'
import { DrawnOffsets } from './tail/drawn.ts'

export const SEGMENT_OFFSETS = 2_000_000
export const DEFAULT_PARTITIONS = 16

export interface Topic {
  readonly id: number
  readonly name: string
  readonly partitions: number
  /** The object id of the sequence that its offsets come from. */
  readonly offsets: number
}

export interface LogWriter {
  topic(name: string): Topic
  /** The statement that appends these events, to be sent right before COMMIT. None for no events. */
  append(events: readonly Envelope[]): readonly Sql[]
  /** The same as a JSON argument, for functions that append at the end of what else they do. */
  appendArgument(events: readonly Envelope[]): string | null
  /** Has the offsets noted that such a function, called by this statement, draws for these events. */
  noting(events: readonly Envelope[], appending: Sql<Drawn>): Sql
  /** What this process drew. */
  readonly drawn: DrawnOffsets
  partOf(event: Envelope): number
}

/** What an appending function answers: the offsets of its events, in their order. */
export interface Drawn {
  readonly drawn: readonly string[] | null
}

const appendOneSql = ({ id, partitions, offsets }: Topic, e: Envelope): Sql<Drawn> => sql`
  select bus.append_one(${id}::smallint, ${partitionOf(e.key, partitions)}::smallint, ${offsets}::oid, ${e.id}::uuid, ${e.key},
    ${e.type}, ${e.version}::smallint, ${e.source}, ${e.time}::timestamptz, ${JSON.stringify(e.headers)}::jsonb,
    ${JSON.stringify(e.data)}::jsonb) as drawn`

const appendSql = (events: string | null): Sql<Drawn> =>
  sql`select bus.append(${events}::jsonb) as drawn`

/** Opens the log for writing: creates the topics that do not exist yet. */
export async function openLogWriter(
  pool: pg.Pool,
  topicNames: readonly string[],
): Promise<LogWriter> {
  const topics = new Map<string, Topic>()
  for (const name of [...new Set(topicNames)].sort()) {
    await pool.query('select bus.ensure_topic($1, $2::smallint)', [name, DEFAULT_PARTITIONS])
    const found = await pool.query(
      'select id, name, partitions, offsets::oid from bus.topics where name = $1',
      [name],
    )
    topics.set(name, found.rows[0] as Topic)
  }
  const topic = (name: string): Topic => {
    const found = topics.get(name)
    if (found === undefined) throw new Error(`topic ${name} is not declared by any service here`)
    return found
  }
  const partOf = (event: Envelope): number => partitionOf(event.key, topic(event.topic).partitions)
  const appendArgument = (events: readonly Envelope[]): string | null =>
    events.length === 0
      ? null
      : JSON.stringify(
          events.map((e) => ({
            t: topic(e.topic).id,
            p: partOf(e),
            i: e.id,
            k: e.key,
            y: e.type,
            v: e.version,
            s: e.source,
            o: e.time,
            h: e.headers,
            d: e.data,
          })),
        )
  const drawn = new DrawnOffsets()
  const noting = (events: readonly Envelope[], appending: Sql<Drawn>): Sql<Drawn> =>
    events.length === 0
      ? appending
      : { ...appending, heard: ([row]) => drawn.note(events, row?.drawn?.map(BigInt) ?? null) }
  return {
    topic,
    partOf,
    appendArgument,
    noting,
    drawn,
    append(events) {
      const [first, ...more] = events
      if (first === undefined) return []
      const many = more.length > 0
      return [
        noting(
          events,
          many ? appendSql(appendArgument(events)) : appendOneSql(topic(first.topic), first),
        ),
      ]
    },
  }
}
