// The audit service on a real bus, with events as the other services would publish them.

import type { TestContext } from 'node:test'
import { listAuditEntries } from '@rialto/contracts/audit/http.ts'
import { DeveloperBalanceUpdated } from '@rialto/contracts/developers/events.ts'
import { NotificationStatusUpdated } from '@rialto/contracts/notifications/events.ts'
import { OrderCanceled, OrderExpired, OrderFulfilled } from '@rialto/contracts/orders/events.ts'
import { eventually } from '@rialto/kernel/bus/testing/consumers.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { type TestHost, testHost, testUser } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { audit } from '../service.ts'

const ids = testIds(41)
export const operator = testUser(ids.next('usr'), 'operator')
export const buyer = testUser(ids.next('usr'))

/** Stands for the services whose events these are: without a publisher a process has no topic of theirs. */
const teller: Service = {
  name: 'teller',
  participant: 'Teller',
  features: [],
  handlers: [],
  jobs: [],
  uses: [],
  publishes: [OrderCanceled, NotificationStatusUpdated, DeveloperBalanceUpdated],
  problems: {},
}

const LAG = `
  select count(*) from bus.cursors c join bus.log l on l.topic = c.topic and l.part = c.part and l.off > c.cursor
   where c.grp = 'audit'`

interface Item {
  readonly entry_id: string
  readonly type: string
  readonly actor: { readonly kind: string; readonly id: string }
  readonly [name: string]: unknown
}

export interface Audited extends TestHost {
  publish(...events: readonly Envelope[]): Promise<void>
  handled(): Promise<void>
  /** All entries that the route answers, page by page. */
  entries(query?: object): Promise<Item[]>
}

export async function openAudit(
  t: TestContext,
  settings: Readonly<Record<string, string>> = {},
): Promise<Audited> {
  const host = await testHost(t, { services: [audit, teller], settings })
  await host.host.start()
  return {
    ...host,
    async publish(...events) {
      const last = () => host.host.writer.append(events)
      await inTransaction(host.host.pool, async () => undefined, { last })
      host.host.committed(events)
    },
    async handled() {
      const isNone = (rows: { count: bigint }[]): boolean => Number(rows[0]?.count) === 0
      await eventually<{ count: bigint }>(host.db.pool, LAG, isNone, 60_000)
    },
    async entries(query = {}) {
      const found: Item[] = []
      for (let cursor: string | undefined; ; ) {
        const asked = { limit: 100, ...query, ...(cursor === undefined ? {} : { cursor }) }
        const { status, body } = await host.call(listAuditEntries, {
          caller: operator,
          query: asked,
        })
        if (status !== 200) throw new Error(JSON.stringify(body))
        found.push(...(body.items as Item[]))
        cursor = body.next_cursor as string | undefined
        if (cursor === undefined) return found
      }
    },
  }
}

/** Events of one order, a second apart, as often as asked: its buyer gives up, and is told; then what others did to it. */
export function eventsOf(make: TestHost['event'], atMs: number, times = 1): Envelope[] {
  const order_id = ids.next('ord')
  const user_id = buyer.id
  const at = (n: number): string => isoInstant(atMs + n * 1_000)
  return Array.from({ length: times }, (_, n): Envelope[] => [
    {
      ...make(
        OrderCanceled,
        { order_id, user_id, reason: 'call me on +79161234567', refund_amount: n, currency: 'RUB' },
        { flow: order_id, actor: user_id },
      ),
      time: at(4 * n),
    },
    {
      ...make(
        NotificationStatusUpdated,
        {
          ...{ message_id: ids.next('msg'), user_id, template: 'order_canceled', order_id },
          ...{ channel: 'email' as const, status: 'sent' as const, attempt_count: 1 },
          updated_at: at(4 * n + 1),
        },
        { flow: order_id },
      ),
      time: at(4 * n + 1),
    },
    {
      ...make(
        DeveloperBalanceUpdated,
        {
          ...{ developer_id: 'dev1', new_balance: n, currency: 'RUB', amount: 1, order_id },
          ...{ transaction_item_id: ids.next('lin'), reason: 'sale' as const },
          ...{ product_id: ids.next('prd'), updated_at: at(4 * n + 2) },
        },
        { flow: order_id },
      ),
      time: at(4 * n + 2),
    },
    {
      ...make(OrderExpired, { order_id, user_id, expired_at: at(4 * n + 3) }, { flow: order_id }),
      time: at(4 * n + 3),
    },
    {
      ...make(OrderFulfilled, { order_id, user_id, fulfillment_details: [] }, { flow: order_id }),
      time: at(4 * n + 3),
    },
  ]).flat()
}
