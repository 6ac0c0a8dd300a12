// Developers with a stand-in for orders, which knows the orders that the test sold. Events go over the real bus.

import type { TestContext } from 'node:test'
import { DeveloperBalanceUpdated } from '@rialto/contracts/developers/events.ts'
import { readOrder } from '@rialto/contracts/orders/http.ts'
import { orderProblems } from '@rialto/contracts/orders/problems.ts'
import { PaymentRefunded, PaymentStatusUpdated } from '@rialto/contracts/payments/events.ts'
import { eventually } from '@rialto/kernel/bus/testing/consumers.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import type { DataOf } from '@rialto/kernel/pure/contract.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { HOUR, isoInstant } from '@rialto/kernel/pure/time.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { type TestHost, testHost, testUser } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { developers } from './service.ts'

const ids = testIds(11)
export const buyer = testUser(ids.next('usr'))
export const [nord, sued] = ['dev_nord', 'dev_sued']

export interface Sale {
  readonly orderId: string
  readonly paymentId: string
  readonly amount: number
}

type Lines = readonly {
  readonly developer: string
  readonly amount: number
  readonly title?: string
}[]
type BalanceUpdate = DataOf<typeof DeveloperBalanceUpdated>

export interface Studio extends TestHost {
  /** Makes orders known, then answers how often they were asked for. */
  asked(): number
  /** While true, orders is down. */
  outage(down: boolean): void
  /** An order that is about to be paid. */
  place(lines: Lines, more?: object): Sale
  /** The order as it is from now on. */
  change(sale: Sale, more: object): void
  /** Its buyer has taken out all lines but the first ones. */
  keepLines(sale: Sale, count: number): void
  completed(sale: Sale, more?: Partial<DataOf<typeof PaymentStatusUpdated>>): Envelope
  refunded(sale: Sale, amount: number, refundId?: string): Envelope
  publish(...events: readonly Envelope[]): Promise<void>
  /** Resolves when the group has handled all that is in the log. */
  handled(): Promise<void>
  /** The balance events so far, in order. */
  updates(): Promise<BalanceUpdate[]>
  balance(developer: string): Promise<bigint>
}

const LAG = `select count(*) from bus.cursors c join bus.log l on l.topic = c.topic and l.part = c.part and l.off > c.cursor
  where c.grp = 'developers' and l.type in ('${PaymentStatusUpdated.type}', '${PaymentRefunded.type}')
    and (l.type = '${PaymentRefunded.type}' or (l.data->>'new_status' = 'completed' and not (l.data->>'late')::boolean))`

function ordersStandIn(
  known: Map<string, object>,
  state: { down: boolean; asked: number },
): Service {
  const feature = query(readOrder, async ({ input }) => {
    state.asked += 1
    if (state.down) throw new Unavailable('orders is down')
    const order = known.get(input.params.order_id)
    if (order === undefined) throw new Problem(orderProblems.unknown_order)
    return reply(200, order as never)
  })
  return {
    name: 'orders',
    participant: 'OrderSvc',
    migrations: new URL('./domain/', import.meta.url),
    features: [feature],
    handlers: [],
    jobs: [],
    uses: [],
    publishes: [],
    problems: orderProblems,
  }
}

function orderOf(sale: Sale, lines: Lines, at: number) {
  const placed = { created_at: isoInstant(at), expires_at: isoInstant(at + HOUR) }
  return {
    ...{ order_id: sale.orderId, user_id: buyer.id, order_type: 'purchase', channel: 'online' },
    ...{ status: 'pending_payment', total_amount: sale.amount, currency: 'RUB', version: 1 },
    ...placed,
    items: lines.map(({ developer, amount, title = 'Salt & Signal' }) => ({
      ...{ line_id: ids.next('lin'), product_id: ids.next('prd'), title, quantity: 1 },
      ...{ list_amount: amount, amount, tax_code: 'vat22', developer_id: developer },
      promotions_applied: [],
    })),
  }
}

/** The two events of a payment, as payments publishes them. */
function eventsOf({ event, clock }: Pick<TestHost, 'event' | 'clock'>) {
  const about = ({ orderId, amount }: Sale) => ({
    ...{ order_id: orderId, user_id: buyer.id, amount, currency: 'RUB' },
  })
  return {
    completed: (sale: Sale, more: Partial<DataOf<typeof PaymentStatusUpdated>> = {}) =>
      event(
        PaymentStatusUpdated,
        {
          ...{ transaction_id: sale.paymentId, ...about(sale), old_status: 'processing' },
          ...{ new_status: 'completed', updated_at: isoInstant(clock.now()), late: false, ...more },
        } as DataOf<typeof PaymentStatusUpdated>,
        { flow: sale.orderId },
      ),
    refunded: (sale: Sale, amount: number, refund_id: string = ids.next('rfd')) =>
      event(
        PaymentRefunded,
        {
          ...{ payment_id: sale.paymentId, refund_id, ...about(sale), amount, late: false },
          ...{ reason: 'asked', destination: 'original' as const },
        },
        { flow: sale.orderId },
      ),
  }
}

/** `consuming`: the group reads by itself; otherwise a test hands it what it wants. */
export async function openStudio(t: TestContext, options: { consuming: boolean }): Promise<Studio> {
  const known = new Map<string, object>()
  const state = { down: false, asked: 0 }
  const host = await testHost(t, { services: [developers, ordersStandIn(known, state)] })
  if (options.consuming) await host.host.start()
  const { pool } = host.db
  const change = (sale: Sale, more: object) =>
    void known.set(sale.orderId, { ...known.get(sale.orderId), ...more })
  return {
    ...host,
    ...eventsOf(host),
    asked: () => state.asked,
    outage(down) {
      state.down = down
    },
    place(lines, more = {}) {
      const amount = lines.reduce((sum, line) => sum + line.amount, 0)
      const sale = { orderId: ids.next('ord'), paymentId: ids.next('pay'), amount }
      known.set(sale.orderId, { ...orderOf(sale, lines, host.clock.now()), ...more })
      return sale
    },
    change,
    keepLines(sale, count) {
      const { items } = known.get(sale.orderId) as ReturnType<typeof orderOf>
      const left = items.slice(0, count)
      const total_amount = left.reduce((sum, line) => sum + line.amount, 0)
      change(sale, { items: left, total_amount })
    },
    async publish(...events) {
      const last = () => host.host.writer.append(events)
      await inTransaction(host.host.pool, async () => undefined, { last })
      host.host.committed(events)
    },
    async handled() {
      await eventually<{ count: bigint }>(pool, LAG, (rows) => Number(rows[0]?.count) === 0)
    },
    async updates() {
      const { rows } = await pool.query('select data from bus.log where type = $1 order by off', [
        DeveloperBalanceUpdated.type,
      ])
      return rows.map((row) => row.data as BalanceUpdate)
    },
    async balance(developer) {
      const { rows } = await pool.query(
        'select coalesce(sum(balance_minor), 0)::bigint as sum from developers.balances where developer_id = $1',
        [developer],
      )
      return rows[0].sum as bigint
    },
  }
}
