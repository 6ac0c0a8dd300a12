// What the judge reads, and how a query becomes accusations.

/** Anything that answers queries, so that a judge can look into a transaction that is rolled back. */
export interface Rows {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

/** What is wrong where, and a query that finds where: each row has an `id` and says in `what` what it is. */
export type Rule = readonly [name: string, query: string]

/** Every row of every rule's query, in words. */
export async function broken(db: Rows, rules: readonly Rule[]): Promise<string[]> {
  const found: string[] = []
  for (const [name, query] of rules)
    for (const { id, what } of (await db.query(query)).rows)
      found.push(`${name}: ${String(id)} ${String(what)}`)
  return found
}
