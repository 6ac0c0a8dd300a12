import { useQueries } from '@tanstack/react-query'
import { useFoundation } from '../../ui/foundation.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import { type Product, productQuery } from './queries.ts'
import { useRegion } from './region.ts'

/** Some products with today's prices, in the order of their ids; undefined until all are there. */
export function useProducts(ids: readonly string[]): {
  readonly data: readonly Product[] | undefined
  readonly error: unknown
  /** Asks again for those that did not come. */
  readonly refetch: () => void
} {
  const { api } = useFoundation()
  const reading = { region: useRegion(), locale: useLanguage() }
  const results = useQueries({ queries: ids.map((id) => productQuery(api, id, reading)) })
  const products = results.flatMap(({ data }) => (data === undefined ? [] : [data]))
  const error = results.find((result) => result.error !== null)?.error
  const refetch = (): void => {
    for (const result of results) if (result.error !== null) void result.refetch()
  }
  return { data: products.length === ids.length ? products : undefined, error, refetch }
}
