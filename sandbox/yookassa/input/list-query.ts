// Lists: newest first, at most 100 a page, an opaque cursor, filters by equality and by instants.

import { invalid } from '../errors.ts'
import type { JsonObject } from '../store.ts'

export interface ListRules<T> {
  /** Fields compared for equality. */
  readonly equals: Readonly<Record<string, (item: T) => string | undefined>>
  /** Instants compared by `.gte`, `.gt`, `.lte`, `.lt`. */
  readonly instants: Readonly<Record<string, (item: T) => number | undefined>>
}

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  gte: (a, b) => a >= b,
  gt: (a, b) => a > b,
  lte: (a, b) => a <= b,
  lt: (a, b) => a < b,
}
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/

function instantOf(name: string, text: string): number {
  const instant = INSTANT.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(instant)) throw invalid(name, 'Must be an ISO 8601 instant')
  return instant
}

function filterOf<T>(name: string, text: string, rules: ListRules<T>): (item: T) => boolean {
  const equal = Object.hasOwn(rules.equals, name) ? rules.equals[name] : undefined
  if (equal !== undefined) return (item) => equal(item) === text
  const dot = name.lastIndexOf('.')
  const field = name.slice(0, dot)
  const comparison = name.slice(dot + 1)
  const read = Object.hasOwn(rules.instants, field) ? rules.instants[field] : undefined
  const compare = Object.hasOwn(COMPARE, comparison) ? COMPARE[comparison] : undefined
  if (read === undefined || compare === undefined) throw invalid(name, 'Unknown parameter')
  const bound = instantOf(name, text)
  return (item) => {
    const at = read(item)
    return at !== undefined && compare(at, bound)
  }
}

const cursorText = (position: number): string => Buffer.from(`p${position}`).toString('base64url')

function positionOf(cursor: string): number {
  const match = /^p(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (match === null) throw invalid('cursor', 'Not a cursor of this list')
  return Number(match[1])
}

export interface ListSource<T> {
  readonly order: readonly string[]
  readonly items: ReadonlyMap<string, T>
  readonly rules: ListRules<T>
  readonly show: (item: T) => JsonObject
}

/** Answers one page. The cursor is a position in order of creation, so that new items never shift a page. */
export function listPage<T>(
  query: Readonly<Record<string, unknown>>,
  source: ListSource<T>,
): JsonObject {
  let limit = 10
  let position = source.order.length
  const filters: ((item: T) => boolean)[] = []
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== 'string') throw invalid(name, 'Given twice')
    if (name === 'cursor') position = Math.min(position, positionOf(value))
    else if (name !== 'limit') filters.push(filterOf(name, value, source.rules))
    else if (/^([1-9]\d?|100)$/.test(value)) limit = Number(value)
    else throw invalid('limit', 'Must be an integer from 1 to 100')
  }
  const page: JsonObject[] = []
  while (position > 0) {
    const item = source.items.get(source.order[position - 1]!)!
    if (filters.every((fits) => fits(item))) {
      if (page.length === limit)
        return { type: 'list', items: page, next_cursor: cursorText(position) }
      page.push(source.show(item))
    }
    position -= 1
  }
  return { type: 'list', items: page }
}
