// Asking the trail, for both who read it.

import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { decodeCursor } from '@rialto/kernel/service/cursor.ts'
import type { Entry } from '../domain/entry.ts'
import { problems } from '../errors.ts'
import type { Question, Trail } from '../trail/trail.ts'

const RETRY_AFTER_S = 5

/** In one spelling, by which instants are compared as texts. */
const instantOf = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : isoInstant(Date.parse(text))

/** The entry that a cursor stands behind. */
function afterOf(cursor: string | undefined): Question['after'] {
  const [at, entryId] = decodeCursor(cursor, ['instant', 'uuid']) ?? []
  return at === undefined || entryId === undefined ? undefined : { at, entryId }
}

type Asked = Pick<Question, 'actor' | 'subject' | 'type' | 'from' | 'to'> & {
  readonly cursor?: string
}

export const questionOf = (asked: Asked, limit: number): Question => ({
  actor: asked.actor,
  subject: asked.subject,
  type: asked.type,
  from: instantOf(asked.from),
  to: instantOf(asked.to),
  after: afterOf(asked.cursor),
  limit,
})

/** Says that it is the trail which is away, not the platform. */
export async function findEntries(trail: Trail, question: Question): Promise<Entry[]> {
  try {
    return await trail.find(question)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    throw new Problem(problems.trail_unavailable, {
      retryAfterSeconds: RETRY_AFTER_S,
      cause: error,
    })
  }
}
