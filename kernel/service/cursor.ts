// Pages of a list, and their cursors: the sort key of the last row seen, opaque to callers. A cursor that we did not make is a bad input, not a bug.

import { Problem } from '../pure/problem.ts'
import { kernelProblems } from './problems.ts'

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

/** Reads a cursor of `length` parts; undefined for none. Throws `kernel.invalid_input` for anything else. */
export function decodeCursor(text: string | undefined, length: number): Part[] | undefined {
  if (text === undefined) return undefined
  try {
    const key: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (
      Array.isArray(key) &&
      key.length === length &&
      key.every((p) => ['string', 'number'].includes(typeof p))
    )
      return key as Part[]
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
