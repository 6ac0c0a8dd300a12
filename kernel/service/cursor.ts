// Page cursors: the sort key of the last row seen, opaque to callers. A cursor that we did not make is a bad input, not a bug.

import { Problem } from '../pure/problem.ts'
import { kernelProblems } from './problems.ts'

type Part = string | number

/** Makes the cursor that continues after this key. */
export const encodeCursor = (key: readonly Part[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url')

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
