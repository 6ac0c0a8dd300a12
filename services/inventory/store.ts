// All SQL of the inventory, one function a statement.

import { type Sql, sql } from '@rialto/kernel/db/sql.ts'

export type ReservationState = 'held' | 'committed' | 'released'

export interface ReservationRow {
  readonly order_id: string
  /** Absent in reservations from before it was told. */
  readonly user_id: string | null
  readonly product_id: string
  readonly quantity: number
  readonly state: ReservationState
}

/** Which of these products are limited, in the order in which their rows are locked. */
export const selectLimited = (productIds: readonly string[]): Sql<{ product_id: string }> => sql`
  select product_id from inventory.stock where product_id = any (${productIds}) order by product_id`

/** Takes copies if there are as many: no row, no copy. */
export const holdStock = (productId: string, quantity: number): Sql => sql`
  update inventory.stock set held = held + ${quantity}
   where product_id = ${productId} and total - held - sold >= ${quantity}`

export interface NewReservation {
  readonly orderId: string
  readonly userId: string | null
  readonly productId: string
  readonly quantity: number
  readonly atMs: number
}

/** Held until the transaction ends by whoever reserves for this buyer: what one of them holds, the next one sees. */
export const lockBuyer = (userId: string): Sql => sql`
  select pg_advisory_xact_lock(hashtextextended('reservations of ' || ${userId}::text, 0))`

/** Notes the hold; no row when this order has one already, or this buyer another. */
export const insertReservation = (r: NewReservation): Sql => sql`
  insert into inventory.reservations (order_id, user_id, product_id, quantity, state, created_at)
  select ${r.orderId}, ${r.userId}, ${r.productId}, ${r.quantity}::int, 'held', to_timestamp(${r.atMs}::float8 / 1000)
   where not exists (select from inventory.reservations
    where user_id = ${r.userId} and product_id = ${r.productId} and state = 'held')
  on conflict do nothing`

/** The order's reservation, and what this buyer holds for other orders, locked. */
export const lockReserved = (r: NewReservation): Sql<{ order_id: string }> => sql`
  select order_id from inventory.reservations
   where product_id = ${r.productId} and order_id = ${r.orderId}
      or product_id = ${r.productId} and user_id = ${r.userId} and state = 'held'
   order by order_id for update`

/** Stands behind the hold of another order of this buyer. */
export const insertBehind = (r: NewReservation): Sql => sql`
  insert into inventory.reservations (order_id, user_id, product_id, quantity, state, created_at)
  values (${r.orderId}, ${r.userId}, ${r.productId}, ${r.quantity}, 'released', to_timestamp(${r.atMs}::float8 / 1000))`

/**
 * Takes its buyer's hold away from another order: one that nobody confirmed, which from now on stands behind, or an earlier one.
 * That has ended, or orders would not have placed this one, and its news is late.
 */
export const takeHold = (r: ReservationRow): Sql<{ order_id: string }> => sql`
  update inventory.reservations set state = 'released'
   where state = 'held' and product_id = ${r.product_id} and order_id = (
     select order_id from inventory.reservations
      where user_id = ${r.user_id} and product_id = ${r.product_id} and quantity = ${r.quantity} and state = 'held'
        and (not confirmed or order_id < ${r.order_id})
      order by confirmed, order_id limit 1)
  returning order_id`

/** Gives the copy of a hold that was released to the last order that stands behind, unless its buyer has another such hold. */
export const passHold = (r: ReservationRow): Sql<{ order_id: string }> => sql`
  update inventory.reservations set state = 'held'
   where product_id = ${r.product_id} and order_id = (
     select order_id from inventory.reservations
      where user_id = ${r.user_id} and product_id = ${r.product_id} and quantity = ${r.quantity}
        and state = 'released' and not confirmed
      order by order_id desc limit 1)
     and not exists (select from inventory.reservations
      where user_id = ${r.user_id} and product_id = ${r.product_id} and state = 'held' and not confirmed)
  returning order_id`

/** What these orders hold, locked; most hold nothing. */
export const lockReservations = (orderIds: readonly string[]): Sql<ReservationRow> => sql`
  select order_id, user_id, product_id, quantity, state from inventory.reservations where order_id = any (${orderIds})
   order by order_id, product_id for update`

/** What this order holds and nobody confirmed since, locked. */
export const lockOrphan = (orderId: string): Sql<ReservationRow> => sql`
  select order_id, user_id, product_id, quantity, state from inventory.reservations
   where order_id = ${orderId} and state = 'held' and not confirmed order by product_id for update`

/** Settles it by what is known of its order: it is no orphan any more, and stands behind nobody. */
export const setReservation = (
  orderId: string,
  productId: string,
  state: ReservationState,
): Sql => sql`
  update inventory.reservations set state = ${state}, confirmed = true where order_id = ${orderId} and product_id = ${productId}`

export const confirmReservations = (orderId: string): Sql => sql`
  update inventory.reservations set confirmed = true where order_id = ${orderId} and not confirmed`

/** Moves copies of a product between held, sold and free. */
export const moveStock = (productId: string, heldBy: number, soldBy: number): Sql => sql`
  update inventory.stock set held = held + ${heldBy}, sold = sold + ${soldBy} where product_id = ${productId}`

/** Orders whose holds nobody confirmed since. */
export const selectOrphans = (beforeMs: number, limit: number): Sql<{ order_id: string }> => sql`
  select distinct order_id from inventory.reservations
   where state = 'held' and not confirmed and created_at < to_timestamp(${beforeMs}::float8 / 1000) limit ${limit}`

export const upsertStock = (productId: string, total: number): Sql => sql`
  insert into inventory.stock (product_id, total) values (${productId}, ${total}) on conflict (product_id) do nothing`
