// All SQL of the catalog, one function a statement.

import { type Sql, sql } from '@rialto/kernel/db/sql.ts'
import type { ProductFacts } from './domain/facts.ts'
import type { PricedRow } from './domain/product.ts'

/** One product for every region, language and moment from `sinceMs` on. */
export const selectFacts = (productId: string, sinceMs: number): Sql<ProductFacts> => sql`
  select p.product_id, p.slug, p.title, p.description, p.descriptions, p.kind, p.genre, p.developer_id,
         p.age_mark, p.tax_code, p.limited,
         (select coalesce(json_object_agg(c.region, json_build_object('minor', c.amount_minor::text, 'currency', c.currency)), '{}')
            from catalog.prices c where c.product_id = p.product_id) as prices,
         (select coalesce(json_agg(json_build_object('promotionId', o.promotion_id, 'name', o.name, 'percentOff', o.percent_off,
                            'startsAtMs', extract(epoch from o.starts_at) * 1000, 'endsAtMs', extract(epoch from o.ends_at) * 1000)
                          order by o.rank, o.promotion_id), '[]')
            from catalog.promotions o
           where (o.product_id = p.product_id or o.product_id is null)
             and o.ends_at > to_timestamp(${sinceMs}::float8 / 1000)) as promotions
    from catalog.products p
   where p.product_id = ${productId}`

export interface ProductFilter {
  /** A query of `to_tsquery`. */
  readonly words: string | null
  readonly genre: string | null
  readonly region: string
  readonly locale: string
  readonly atMs: number
  /** Title and id of the last product seen. */
  readonly after: readonly [string, string] | null
  readonly limit: number
}

/** A page of products by title. */
export const selectProducts = (f: ProductFilter): Sql<PricedRow> => sql`
  select p.product_id, p.slug, p.title, coalesce(p.descriptions->>${f.locale}::text, p.description) as description, p.kind, p.genre, p.developer_id,
         p.age_mark, c.amount_minor, c.currency,
         (select json_agg(json_build_object('promotionId', o.promotion_id, 'name', o.name, 'percentOff', o.percent_off)
                          order by o.rank, o.promotion_id)
            from catalog.promotions o
           where (o.product_id = p.product_id or o.product_id is null)
             and o.starts_at <= to_timestamp(${f.atMs}::float8 / 1000) and o.ends_at > to_timestamp(${f.atMs}::float8 / 1000)) as promotions
    from catalog.products p
    left join catalog.prices c on c.product_id = p.product_id and c.region = ${f.region}
   where (${f.words}::text is null or p.words @@ to_tsquery('simple', ${f.words}::text))
     and (${f.genre}::text is null or p.genre = ${f.genre}::text)
     and (${f.after?.[0] ?? null}::text is null or (p.title, p.product_id) > (${f.after?.[0] ?? null}::text, ${f.after?.[1] ?? null}::text))
   order by p.title, p.product_id limit ${f.limit}`

export const upsertProduct = (p: {
  product_id: string
  slug: string
  title: string
  description: string
  descriptions: Readonly<Record<string, string>>
  genre: string
  developer_id: string
  age_mark: string
  limited: boolean
}): Sql => sql`
  insert into catalog.products (product_id, slug, title, description, descriptions, kind, genre, developer_id, age_mark, tax_code, limited)
  values (${p.product_id}, ${p.slug}, ${p.title}, ${p.description}, ${JSON.stringify(p.descriptions)}::jsonb, 'game', ${p.genre}, ${p.developer_id}, ${p.age_mark}, 'vat22',
    ${p.limited})
  on conflict (product_id) do update set descriptions = excluded.descriptions where products.descriptions = '{}'`

export const upsertPrice = (
  productId: string,
  region: string,
  price: { minor: bigint; currency: string },
): Sql => sql`
  insert into catalog.prices (product_id, region, currency, amount_minor)
  values (${productId}, ${region}, ${price.currency}, ${price.minor}) on conflict (product_id, region) do nothing`

export const upsertPromotion = (p: {
  promotionId: string
  name: string
  productId: string
  percentOff: number
}): Sql => sql`
  insert into catalog.promotions (promotion_id, name, product_id, percent_off, starts_at, ends_at)
  values (${p.promotionId}, ${p.name}, ${p.productId}, ${p.percentOff}, '2026-01-01Z', '2036-01-01Z')
  on conflict (promotion_id) do nothing`
