// A list that stays put while it lives: a row that changed is shown in place, and new rows wait until they are asked for.

import type { InfiniteData, UseInfiniteQueryResult, UseQueryResult } from '@tanstack/react-query'

interface Page<Row> {
  readonly items: readonly Row[]
}

/** How many of the newest were not there when the list was read. */
const freshOf = (newest: readonly string[], shown: readonly string[]): number => {
  const known = new Set(shown)
  return newest.findIndex((id) => known.has(id)) === -1 && shown.length > 0
    ? newest.length
    : newest.filter((id) => !known.has(id) && id > (shown[0] ?? '')).length
}

/** What a list of pages, and its newest rows asked for again and again, give the table to show. */
export function liveRows<Row>(
  list: UseInfiniteQueryResult<InfiniteData<Page<Row>>>,
  newest: UseQueryResult<Page<Row>>,
  idOf: (row: Row) => string,
) {
  const now = new Map(newest.data?.items.map((row) => [idOf(row), row]))
  const listed = list.data?.pages.flatMap(({ items }) => items)
  // Into an empty list the first row comes by itself: there is nothing that it could push away.
  const rows = (listed?.length === 0 ? (newest.data?.items ?? listed) : listed)?.map(
    (row) => now.get(idOf(row)) ?? row,
  )
  return {
    keyOf: idOf,
    rows,
    error: list.error,
    hasMore: list.hasNextPage,
    isMoreLoading: list.isFetchingNextPage,
    onMore: () => void list.fetchNextPage(),
    fresh: freshOf([...now.keys()], rows?.map(idOf) ?? []),
    onAgain: () => void list.refetch(),
  }
}
