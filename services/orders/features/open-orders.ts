// The orders that a batch of events is about. They are locked before anything is decided, changed in memory, one event after the
// other as they happened, and written back at once: however many events, two round trips.

import { orderStates } from '@rialto/contracts/orders/states.ts'
import type { Sql } from '@rialto/kernel/db/sql.ts'
import { decideMove, type Move } from '@rialto/kernel/pure/states.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import {
  type Attempt,
  type Changed,
  type LineRow,
  lockOrders,
  type OrderRow,
  saveChanged,
  selectLines,
} from '../store.ts'

type Stored = Changed['orders'][number]
type OrderState = Stored['status']
type Change = Partial<
  Pick<
    Stored,
    'payment_id' | 'last_payment_status' | 'expires_at' | 'completed_at' | 'fulfilledAtMs'
  >
>

export class OpenOrders {
  readonly #orders: Map<string, Stored>
  readonly #lines: Map<string, LineRow[]>
  readonly #changed = new Set<string>()
  /** The last word on each attempt. */
  readonly #attempts = new Map<string, Attempt>()
  readonly #delivered = new Map<string, string>()
  readonly #moves: { readonly tx: Tx; readonly orderId: string; readonly to: OrderState }[] = []

  private constructor(orders: readonly OrderRow[], lines: readonly LineRow[]) {
    this.#orders = new Map(orders.map((o) => [o.order_id, { ...o, fulfilledAtMs: null }]))
    this.#lines = Map.groupBy(lines, (line) => line.order_id)
  }

  /** The lines are read behind the lock, by a snapshot of their own: who held it before may have changed them. */
  static async lock(
    tx: Tx,
    ids: { readonly orders: readonly string[]; readonly withLines: readonly string[] },
  ): Promise<OpenOrders> {
    const [orders, lines] = await Promise.all([
      ids.orders.length === 0 ? [] : tx.many(lockOrders(ids.orders)),
      ids.withLines.length === 0 ? [] : tx.many(selectLines(ids.withLines)),
    ])
    return new OpenOrders(orders, lines)
  }

  get(orderId: string): OrderRow | undefined {
    return this.#orders.get(orderId)
  }

  linesOf(orderId: string): readonly LineRow[] {
    return this.#lines.get(orderId) ?? []
  }

  change(orderId: string, change: Change): void {
    this.#write(orderId, change)
  }

  /** Moves an order where its machine allows it. The step is noted in the name of the event, once the order is written. */
  move(tx: Tx, orderId: string, to: { readonly status: OrderState } & Change): Move {
    const from = this.#orders.get(orderId)?.status
    if (from === undefined) throw new Error(`${orderId} is not open`)
    const decided = decideMove(orderStates, from, to.status)
    if (decided === 'move') {
      this.#write(orderId, to)
      this.#moves.push({ tx, orderId, to: to.status })
    } else tx.ctx.log.info({ machine: orderStates.name, from, to: to.status, decided }, 'not moved')
    return decided
  }

  note(attempt: Attempt): void {
    this.#attempts.set(attempt.paymentId, attempt)
  }

  /** Marks a line as delivered; not the second time. */
  deliver(orderId: string, lineId: string, at: string): boolean {
    const lines = this.#lines.get(orderId) ?? []
    const line = lines.find((one) => one.line_id === lineId)
    if (line === undefined || line.delivered_at !== null) return false
    const delivered = { ...line, delivered_at: Date.parse(at) }
    this.#lines.set(
      orderId,
      lines.map((one) => (one === line ? delivered : one)),
    )
    this.#delivered.set(lineId, at)
    return true
  }

  /** Writes what changed. It goes with the commit. */
  save(tx: Tx): void {
    const orders = [...this.#changed].map((id) => this.#orders.get(id) as Stored)
    const attempts = [...this.#attempts.values()]
    const delivered = [...this.#delivered].map(([lineId, at]) => ({ lineId, at }))
    if (orders.length + attempts.length + delivered.length === 0) return
    const heard = (rows: readonly { order_id: string }[]): void => {
      const written = new Set(rows.map((row) => row.order_id))
      for (const { tx: own, orderId, to } of this.#moves)
        if (written.has(orderId)) own.step(orderStates, to)
    }
    tx.write({ ...saveChanged({ orders, attempts, delivered }), heard } as Sql)
  }

  #write(orderId: string, change: Partial<Stored>): void {
    const order = this.#orders.get(orderId)
    if (order === undefined) throw new Error(`${orderId} is not open`)
    this.#orders.set(orderId, { ...order, ...change, version: order.version + 1 })
    this.#changed.add(orderId)
  }
}
