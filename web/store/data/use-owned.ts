import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useFoundation } from '../../ui/foundation.tsx'
import { libraryQuery } from './queries.ts'

const NONE: ReadonlySet<string> = new Set()

/** Ids of the games that the reader owns. */
export function useOwned(): ReadonlySet<string> {
  const { api, session } = useFoundation()
  const { data } = useInfiniteQuery({ ...libraryQuery(api), enabled: session !== undefined })
  return useMemo(
    () =>
      data === undefined
        ? NONE
        : new Set(data.pages.flatMap(({ items }) => items.map((item) => item.product_id))),
    [data],
  )
}
