// SQL as a tagged template: sql`select … where id = ${id}`. Values become parameters, never text. Every call site is one
// named prepared statement, so PostgreSQL parses it once a connection (docs/adr/0009 has the measurement against a builder).

/** A statement with its parameters. `Row` is the shape of its rows, by the author's word; store tests check it. */
export interface Sql<Row = unknown> {
  readonly text: string
  readonly values: readonly unknown[]
  /** Prepared statement's name, constant per call site. */
  readonly name: string
  readonly row?: Row
  /** Told what the statement answered in a transaction, before anybody knows whether that will be committed. */
  heard?(rows: readonly Row[]): void
}

const known = new WeakMap<TemplateStringsArray, { text: string; name: string }>()
let count = 0

export function sql<Row = unknown>(strings: TemplateStringsArray, ...values: unknown[]): Sql<Row> {
  let statement = known.get(strings)
  if (statement === undefined) {
    const text = strings.reduce((all, part, i) => (i === 0 ? part : `${all}$${i}${part}`), '')
    count += 1
    statement = { text, name: `s${count}` }
    known.set(strings, statement)
  }
  return { ...statement, values }
}

/** A statement whose text is built at run time (migrations, benches). Not prepared; never with outside text in it. */
export const rawSql = <Row = unknown>(text: string, values: readonly unknown[] = []): Sql<Row> => ({
  text,
  values,
  name: '',
})
