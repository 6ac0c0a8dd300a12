// Fields that every service spells the same way.

import { idPattern } from '@rialto/kernel/pure/ids.ts'
import Type from 'typebox'

export const id = (kind: string) => Type.String({ pattern: idPattern(kind) })

/** Integer of minor units (kopecks, cents); never a float. Beside it stands a currency. */
export const amountMinor = Type.Integer({ minimum: 0, maximum: 9_007_199_254_740_991 })
/** The same with a sign: what was gained, or given back. */
export const signedMinor = Type.Integer({
  minimum: -9_007_199_254_740_991,
  maximum: 9_007_199_254_740_991,
})
export const currency = Type.String({ pattern: '^[A-Z]{3}$' })
/**
 * The format refuses days and hours that no calendar has, the pattern what is one by the standard and none in the database: the year 0,
 * the second 60, fractions without end.
 */
export const instant = Type.String({
  format: 'date-time',
  pattern: '^(19|20)\\d{2}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:[0-5]\\d(\\.\\d{1,9})?Z$',
})
/** A day and a month of the calendar, UTC. */
export const day = Type.String({ format: 'date', pattern: '^20\\d{2}-\\d{2}-\\d{2}$' })
export const month = Type.String({ pattern: '^20\\d{2}-(0[1-9]|1[0-2])$' })
/** ISO 3166-1 alpha-2. */
export const region = Type.String({ pattern: '^[A-Z]{2}$' })
export const shortText = Type.String({ minLength: 1, maxLength: 200 })
export const email = Type.String({ minLength: 3, maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+$' })
export const httpUrl = Type.String({ maxLength: 2048, pattern: '^https?://[^\\s]+$' })

/** Closed object: a field that nobody declared is refused. */
export const closed = <P extends Type.TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })

/** Event data: additions are allowed, so that an older reader understands a newer event. */
export const open = <P extends Type.TProperties>(properties: P) => Type.Object(properties)

/** One of these words. */
export const oneOf = <const T extends readonly string[]>(...words: T) =>
  Type.Union(words.map((word) => Type.Literal(word))) as unknown as Type.TUnsafe<T[number]>

export const page = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  /** The longest begins with a title of 200 characters. */
  cursor: Type.Optional(Type.String({ maxLength: 1_200 })),
}

/** A page of a list; `next_cursor` is absent on the last one. */
export const pageOf = <T extends Type.TSchema>(item: T) =>
  closed({ items: Type.Array(item), next_cursor: Type.Optional(Type.String()) })
