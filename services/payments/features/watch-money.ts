// What is unknown, owed or waits for a person, as figures for monitoring. All are few rows, found by partial indexes.

import type { Reading, Sample } from '@rialto/kernel/observability/readings.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import {
  countOwedReceipts,
  countReviews,
  countUnreadNotifications,
  countUnsettledOperations,
  countUnsettledRefunds,
  type Unsettled,
} from '../store-admin.ts'

const STATES = ['sent', 'pending', 'unknown']

const gauge = (name: string, help: string, ...labels: readonly string[]) => ({
  name: `rialto_payments_${name}`,
  ...{ help, labels },
})

const GAUGES = [
  gauge('review_open_items', 'Payments and refunds that wait for a person to decide'),
  gauge('operation_unsettled_items', 'Calls that moved money and have no result yet', 'state'),
  gauge('operation_unsettled_age_seconds', 'Time since the oldest of them was sent', 'state'),
  gauge('refund_unsettled_items', 'Refunds under way'),
  gauge('refund_unsettled_age_seconds', 'Time since the oldest of them was asked for'),
  gauge('receipt_owed_items', 'Payments and refunds whose fiscal receipt is not registered'),
  gauge('receipt_owed_age_seconds', 'Time since the oldest of them was completed'),
  gauge('notification_unread_items', 'Notifications about which the provider was not asked yet'),
  gauge('notification_unread_age_seconds', 'Time since the oldest of them was received'),
]

function samplesOf(
  kind: string,
  found: Unsettled,
  at: { readonly now: number; readonly labels?: Readonly<Record<string, string>> },
): Sample[] {
  const { now, labels = {} } = at
  const age = found.since === null ? 0 : Math.max(0, (now - found.since) / SECOND)
  return [
    { gauge: `rialto_payments_${kind}_items`, labels, value: found.items },
    { gauge: `rialto_payments_${kind}_age_seconds`, labels, value: age },
  ]
}

export const watchMoney: Reading = {
  gauges: GAUGES,
  async read(tx, now) {
    const [reviews, operations, refunds, receipts, unread] = await Promise.all([
      tx.one(countReviews()),
      tx.many(countUnsettledOperations()),
      tx.one(countUnsettledRefunds()),
      tx.one(countOwedReceipts()),
      tx.one(countUnreadNotifications()),
    ])
    const none = { items: 0, since: null }
    return [
      { gauge: 'rialto_payments_review_open_items', value: reviews.open },
      ...STATES.flatMap((state) => {
        const found = operations.find((one) => one.state === state) ?? none
        return samplesOf('operation_unsettled', found, { now, labels: { state } })
      }),
      ...samplesOf('refund_unsettled', refunds, { now }),
      ...samplesOf('receipt_owed', receipts, { now }),
      ...samplesOf('notification_unread', unread, { now }),
    ]
  },
}
