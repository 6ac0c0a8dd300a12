// Pages of a list, and their cursors: the sort key of the last row seen, opaque to callers. A cursor that we did not make is a bad input, not a bug.

import { Problem } from '../pure/problem.ts'
import { kernelProblems } from './problems.ts'

/** Where instants stop being spelt with four digits of a year. */
const YEAR_10000 = 253_402_300_800_000
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

type Part = string | number

/** Makes the cursor that continues after this key. */
const encodeCursor = (key: readonly Part[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url')

interface PageOf<Row> {
  readonly shown: readonly Row[]
  /** Spread into the answer: where the next page begins, if there is one. */
  readonly next: { readonly next_cursor?: string }
}

/** A page of rows that were asked for with `limit + 1`: the one too many says that there are more. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly Part[],
): PageOf<Row> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const more = rows.length > limit && last !== undefined
  return { shown, next: more ? { next_cursor: encodeCursor(keyOf(last)) } : {} }
}

const KINDS = {
  /** Milliseconds since the epoch. */
  instant: (part: unknown): part is number =>
    typeof part === 'number' && part >= 0 && part < YEAR_10000,
  /** PostgreSQL has no text with a NUL. */
  text: (part: unknown): part is string => typeof part === 'string' && !part.includes('\0'),
  uuid: (part: unknown): part is string => typeof part === 'string' && UUID.test(part),
} as const

type Kind = keyof typeof KINDS
type Key<Shape extends readonly Kind[]> = {
  readonly [I in keyof Shape]: Shape[I] extends 'instant' ? number : string
}

/**
 * Reads a cursor whose parts are of these kinds; undefined for none. Throws `kernel.invalid_input` for anything else: what callers
 * send reaches no statement before it is known that the statement takes it.
 */
export function decodeCursor<const Shape extends readonly Kind[]>(
  text: string | undefined,
  shape: Shape,
): Key<Shape> | undefined {
  if (text === undefined) return undefined
  try {
    const key: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    const isFit =
      Array.isArray(key) &&
      key.length === shape.length &&
      shape.every((kind, i) => KINDS[kind](key[i]))
    if (isFit) return key as unknown as Key<Shape>
  } catch {
    // Falls through to the refusal.
  }
  throw new Problem(kernelProblems.invalid_input, {
    errors: [
      {
        pointer: '/query/cursor',
        detail: 'is not a cursor of this list; leave it out to begin anew',
      },
    ],
  })
}
