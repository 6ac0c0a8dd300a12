// All SQL of the library, one function a statement.

import { type Sql, sql } from '@rialto/kernel/db/sql.ts'

export interface NewItem {
  readonly itemId: string
  readonly userId: string
  readonly productId: string
  readonly title: string
  readonly orderId: string
  readonly lineId: string
  readonly purchasedAt: string
}

/**
 * Adds what paid lines bought; answers the lines that were not delivered before. Raises 23505 when the user owns a product
 * already by another line.
 */
export const insertItems = (items: readonly NewItem[]): Sql<{ line_id: string }> => sql`
  insert into library.items (item_id, user_id, product_id, title, state, acquisition_type, order_id, line_id, purchased_at)
  select x.item_id, x.user_id, x.product_id, x.title, 'owned', 'purchase', x.order_id, x.line_id, x.purchased_at
    from unnest(${items.map((i) => i.itemId)}::text[], ${items.map((i) => i.userId)}::text[],
           ${items.map((i) => i.productId)}::text[], ${items.map((i) => i.title)}::text[],
           ${items.map((i) => i.orderId)}::text[], ${items.map((i) => i.lineId)}::text[],
           ${items.map((i) => i.purchasedAt)}::timestamptz[])
           x(item_id, user_id, product_id, title, order_id, line_id, purchased_at)
  on conflict (line_id) do nothing returning line_id`

export interface ItemRow {
  readonly item_id: string
  readonly product_id: string
  readonly title: string
  readonly acquisition_type: 'purchase' | 'gift'
  readonly order_id: string
  readonly purchased_at: number
}

/** A page of a user's items, newest first. */
export const selectItems = (
  userId: string,
  after: readonly [atMs: number, itemId: string] | null,
  limit: number,
): Sql<ItemRow> => sql`
  select item_id, product_id, title, acquisition_type, order_id, purchased_at from library.items
   where user_id = ${userId} and state = 'owned'
     and (${after?.[1] ?? null}::text is null
          or (purchased_at, item_id) < (to_timestamp(${after?.[0] ?? null}::float8 / 1000), ${after?.[1] ?? null}::text))
   order by purchased_at desc, item_id desc limit ${limit}`

export const selectOwned = (userId: string, productId: string): Sql<{ item_id: string }> => sql`
  select item_id from library.items where user_id = ${userId} and product_id = ${productId} and state = 'owned'`
