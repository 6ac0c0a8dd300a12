// Conditions of a list that a person filters: only those asked for stand in the statement, because a condition that is always
// there and usually empty (`x is null or …`) keeps PostgreSQL from planning for the ones that matter. Texts are ours, values are
// parameters. Nothing is written, so a crash leaves nothing behind.

import { rawSql, type Sql } from './sql.ts'

/** A condition with one `?` in its text for its value; without a value it is left out. */
export type Condition = readonly [text: string, value: unknown]

export interface FilteredList {
  /** Everything before `where`. */
  readonly select: string
  readonly conditions: readonly Condition[]
  /** Everything behind the conditions, such as `order by id desc`. */
  readonly order: string
  readonly limit: number
}

export function filteredSql<Row>({ select, conditions, order, limit }: FilteredList): Sql<Row> {
  const asked = conditions.filter(([, value]) => value !== undefined && value !== null)
  const texts = asked.map(([text], n) => text.replaceAll('?', `$${n + 1}`))
  const where = texts.length === 0 ? '' : ` where ${texts.join(' and ')}`
  const values = [...asked.map(([, value]) => value), limit]
  return rawSql<Row>(`${select}${where} ${order} limit $${values.length}`, values)
}
