// What one event does to the orders that lie open before its batch.

import type { AnyEvent, DataOf } from '@rialto/kernel/pure/contract.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import type { OrdersConfig } from '../../config.ts'
import type { OpenOrders } from '../../features/open-orders.ts'

/** What of its order an event's reaction looks at. */
export type Needs = 'nothing' | 'order' | 'lines'

export interface News<E extends AnyEvent> {
  readonly event: Envelope<DataOf<E>>
  readonly orders: OpenOrders
  /** The transaction in the name of this event. */
  readonly tx: () => Tx
  readonly now: number
  readonly config: OrdersConfig
}

export interface Reaction<E extends AnyEvent = AnyEvent> {
  readonly event: E
  readonly needs: (data: DataOf<E>) => Needs
  readonly act: (news: News<E>) => void
}

/** Declares a reaction; which events it gets is told by its definition. */
export const reaction = <E extends AnyEvent>(
  event: E,
  parts: Omit<Reaction<E>, 'event'>,
): Reaction => ({ event, ...parts }) as unknown as Reaction
