import type { Space } from '@rialto/kernel/cache/cache.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import type { BuildInput } from '@rialto/kernel/service/service.ts'
import { ProductFacts } from './domain/facts.ts'

/** What the features get. */
export interface Parts {
  /** Products by id: read at every order, changed seldom. */
  readonly products: Space<ProductFacts>
}

export const partsOf = ({ cache }: Pick<BuildInput, 'cache'>): Parts => ({
  products: cache.space({
    name: 'catalog.product',
    schema: ProductFacts,
    ttlMs: 30 * SECOND,
  }),
})
