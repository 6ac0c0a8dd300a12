// A list that stays put while it lives: a row that changed is shown in place, one that fits its filters no longer goes, and rows that
// came wait until they are asked for.

import type { InfiniteData, UseInfiniteQueryResult, UseQueryResult } from '@tanstack/react-query'

export interface Page<Row> {
  readonly items: readonly Row[]
  readonly next_cursor?: string
}

export interface Seen<Row> {
  /** The list as it was read; its rows are newest first, and so are their ids. */
  readonly listed: readonly Row[] | undefined
  readonly hasMore: boolean
  /** What stands first in it by now. */
  readonly newest: Page<Row> | undefined
  /** Of the two, the newest rows were read later. */
  readonly isNewer: boolean
  readonly idOf: (row: Row) => string
}

/** The rows to show, and how many more there are by now. */
export function rowsOf<Row>({ listed, hasMore, newest, isNewer, idOf }: Seen<Row>) {
  if (listed === undefined || newest === undefined) return { rows: listed, fresh: 0 }
  const now = new Map(newest.items.map((row) => [idOf(row), row]))
  const [ids, newestIds] = [listed.map(idOf), [...now.keys()]]
  const reach = newest.next_cursor === undefined ? '' : (newestIds.at(-1) ?? '')
  const isGone = (id: string): boolean => isNewer && !now.has(id) && id > reach
  const rows = listed.filter((row) => !isGone(idOf(row))).map((row) => now.get(idOf(row)) ?? row)
  // Into an empty list the first row comes by itself: there is nothing that it could push away.
  if (rows.length === 0) return { rows: newest.items, fresh: 0 }
  const known = new Set(ids)
  const last = hasMore ? (ids.at(-1) ?? '') : ''
  return { rows, fresh: newestIds.filter((id) => !known.has(id) && id > last).length }
}

/** What a list of pages, and its newest rows asked for again and again, give the table to show. */
export function liveRows<Row>(
  list: UseInfiniteQueryResult<InfiniteData<Page<Row>>>,
  newest: UseQueryResult<Page<Row>>,
  idOf: (row: Row) => string,
) {
  const shown = rowsOf({
    listed: list.data?.pages.flatMap(({ items }) => items),
    hasMore: list.hasNextPage,
    newest: newest.data,
    isNewer: newest.dataUpdatedAt > list.dataUpdatedAt,
    idOf,
  })
  return { keyOf: idOf, ...shown, list, newest, onAgain: () => void list.refetch() }
}
