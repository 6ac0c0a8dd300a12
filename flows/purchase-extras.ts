// What other documents, and people, add to a purchase. The world is closed: what is neither drawn nor listed here is a
// deviation. Subscribers stand by name, so that a service that listens in unasked is found.

import type { Condition, Extra } from './language.ts'
import { endedWithOrder, isLate, RECEIPT, STATUS, statusIs, TOLD } from './purchase/facts.ts'
import { notFirstRefund } from './purchase/refunds.ts'

const published = (from: string, ...names: readonly string[]): Extra => ({
  words: `events of ${from} for other flows`,
  kinds: ['publish'],
  from: [from],
  to: ['KafkaBus'],
  names,
})

const heard = (name: string, ...to: readonly string[]): Extra => ({
  words: `${name} is heard by others`,
  kinds: ['consume'],
  from: ['KafkaBus'],
  // The gateway pushes what concerns a person to that person's pages; the audit trail keeps everything.
  to: [...to, 'APIGW', 'AuditSvc'],
  names: [name],
})

const CALLERS = [
  'ClientApp',
  'APIGW',
  'OrderSvc',
  'PaymentSvc',
  'LibrarySvc',
  'CatalogSvc',
  'UserService',
  'NotificationSvc',
  'DeveloperSvc',
]

/** What the diagram itself has people told of. */
const DRAWN = new Set([
  ...['order.processing.completed.v1', 'payment.failed', 'order.expired', 'order.canceled'],
  RECEIPT,
])

const settles = statusIs('completed', 'failed', 'canceled')
const onTheWay: Condition = {
  words: 'that is not its end, or ends with its order',
  holds(interaction, run) {
    const told = settles.holds(interaction, run)
    return told === true ? endedWithOrder.holds(interaction, run) : told === false || undefined
  },
}

/** A refund’s receipt, one for money that came too late, another attempt at one that had failed. */
const furtherReceipt: Condition = {
  words: 'that is not begun by the paid order',
  holds(interaction, run) {
    if (interaction.name !== 'fiscal_receipt:pending') return true
    const cause = run.causeOf(interaction)
    if (cause?.name !== STATUS || cause.payload?.late === true) return true
    return !run.has('step', 'order:completed') || run.has('step', 'fiscal_receipt:failed')
  },
}

const ofOtherNews: Condition = {
  words: 'of something that the diagram does not draw',
  holds(interaction, run) {
    const cause = run.causeOf(interaction)
    if (cause === undefined) return interaction.parent === undefined ? false : undefined
    if (cause.kind !== 'publish') return false
    // The receipt of a refund, and that of money which came too late.
    if (cause.name === RECEIPT)
      return (
        cause.payload?.kind === 'refund' ||
        isLate(run, cause.payload?.transaction_id) ||
        !run.has('step', 'order:completed')
      )
    return !DRAWN.has(cause.name)
  },
}

/** People are told by mail what went wrong too; and their browsers, beside every mail. */
const notified: readonly Extra[] = [
  {
    words: 'a message leaves by the mail server and by push services',
    kinds: ['call', 'reply'],
    from: ['NotificationSvc', 'Mail', 'PushService'],
    to: ['NotificationSvc', 'Mail', 'PushService'],
    names: ['SMTP send', 'POST push'],
  },
  {
    words: 'browsers are told beside the mail',
    kinds: ['step'],
    from: ['NotificationSvc'],
    to: ['NotificationSvc'],
    names: [/^push_notification:(queued|sent|failed)$/],
  },
  {
    words: 'what became of a push message',
    kinds: ['publish'],
    from: ['NotificationSvc'],
    to: ['KafkaBus'],
    names: [TOLD],
    where: {
      words: 'by push',
      holds: ({ payload }) => (payload === undefined ? undefined : payload.channel === 'push'),
    },
  },
  {
    words: 'the buyer is told of other news of the order',
    kinds: ['step', 'publish'],
    from: ['NotificationSvc'],
    to: ['NotificationSvc', 'KafkaBus'],
    names: [/^notification:(queued|sent|failed)$/, TOLD],
    where: ofOtherNews,
  },
]

export const purchaseExtras: readonly Extra[] = [
  published(
    'OrderSvc',
    'order.created',
    'order.updated',
    'order.payment_pending',
    'order.completed',
    'order.fulfilled',
  ),
  published(
    'PaymentSvc',
    'payment.intent.created',
    'payment.completed',
    'payment.failed',
    'payment.fiscal.receipt.status.updated.v1',
  ),
  {
    words: 'a payment tells of every status, the end of it where it is drawn',
    kinds: ['publish'],
    from: ['PaymentSvc'],
    to: ['KafkaBus'],
    names: [STATUS],
    where: onTheWay,
  },
  heard('order.created', 'PaymentSvc', 'InventoryService', 'AnalyticsSvc', 'NotificationSvc'),
  heard('order.updated', 'PaymentSvc', 'InventoryService', 'NotificationSvc'),
  heard('order.payment_pending', 'PaymentSvc', 'NotificationSvc'),
  heard('order.payment.initiation.requested.v1', 'PaymentSvc'),
  heard('order.completed', 'WalletService', 'InventoryService', 'AnalyticsSvc', 'NotificationSvc'),
  heard('order.processing.completed.v1'),
  heard('order.fulfilled', 'NotificationSvc'),
  heard('order.expired', 'PaymentSvc', 'InventoryService', 'AnalyticsSvc', 'NotificationSvc'),
  heard(
    'order.canceled',
    ...['PaymentSvc', 'WalletService', 'InventoryService', 'AnalyticsSvc', 'NotificationSvc'],
  ),
  heard('payment.intent.created', 'OrderSvc', 'AnalyticsSvc'),
  heard('payment.completed', 'OrderSvc', 'WalletService'),
  heard('payment.failed', 'OrderSvc', 'AnalyticsSvc', 'NotificationSvc'),
  heard(
    'payment.refunded',
    ...['OrderSvc', 'PaymentSvc', 'WalletService', 'DeveloperSvc', 'NotificationSvc'],
  ),
  heard(
    'payment.transaction.status.updated.v1',
    'OrderSvc',
    'PaymentSvc',
    'AnalyticsSvc',
    'DeveloperSvc',
  ),
  heard('payment.fiscal.receipt.status.updated.v1', 'NotificationSvc'),
  heard('library.game.added.v1', 'OrderSvc', 'AnalyticsSvc'),
  heard('notification.message.status.updated.v1', 'AnalyticsSvc'),
  heard('developer.balance.updated.v1', 'AnalyticsSvc'),
  {
    words: 'an order is fulfilled when all its lines are delivered',
    kinds: ['step'],
    from: ['OrderSvc'],
    to: ['OrderSvc'],
    names: ['order:fulfilled'],
  },
  {
    words: 'a payment waits for its provider, and keeps a record of every call to it',
    kinds: ['step'],
    from: ['PaymentSvc'],
    to: ['PaymentSvc'],
    names: ['payment:processing', /^(provider_)?operation:/],
  },
  {
    words: 'a payment ends with its unpaid order',
    kinds: ['step'],
    from: ['PaymentSvc'],
    to: ['PaymentSvc'],
    names: ['payment:canceled'],
    where: endedWithOrder,
  },
  {
    words: 'copies of a limited edition are held for the order, and kept or given back with it',
    kinds: ['call', 'reply', 'step'],
    from: ['OrderSvc', 'InventoryService'],
    to: ['OrderSvc', 'InventoryService'],
    names: ['POST /internal/inventory/reservations', /^reservation:(held|committed|released)$/],
  },
  {
    words:
      'the fiscal register takes the receipt and is asked for it; a receipt that failed is tried on',
    kinds: ['call', 'reply', 'step'],
    from: ['PaymentSvc', 'OFD'],
    to: ['PaymentSvc', 'OFD'],
    names: [
      ...['POST /:group/sell', 'POST /:group/sell_refund', 'GET /:group/report/:uuid'],
      ...['POST /webhooks/atol', /^fiscal_receipt:(pending|failed|fiscalized_success)$/],
    ],
    where: furtherReceipt,
  },
  {
    words: 'reads change nothing',
    kinds: ['call', 'reply'],
    from: CALLERS,
    to: CALLERS,
    names: [/^GET \/(internal\/)?(orders|payments|users|library|catalog)(\/|$)/, /^rpc GetUser/],
  },
  {
    words: 'the buyer gives the order up; payments says first whether it is paid',
    kinds: ['call', 'reply'],
    from: ['ClientApp', 'APIGW', 'OrderSvc', 'PaymentSvc'],
    to: ['ClientApp', 'APIGW', 'OrderSvc', 'PaymentSvc'],
    names: [/^POST \/orders\/:\w+\/cancel$/, 'POST /internal/payments/looks'],
  },
  {
    words: 'the buyer takes something out of the order',
    kinds: ['call', 'reply'],
    from: ['ClientApp', 'APIGW', 'OrderSvc'],
    to: ['ClientApp', 'APIGW', 'OrderSvc'],
    names: [/^PATCH \/orders\/:\w+$/],
  },
  {
    words: 'a webhook is only a hint: the payment is read again, and an abandoned one is voided',
    kinds: ['call', 'reply'],
    from: ['PaymentSvc', 'PSP'],
    to: ['PSP', 'PaymentSvc'],
    names: [/^GET \/payments(\/:\w+)?$/, /^POST \/payments\/:\w+\/cancel$/],
  },
  {
    words:
      'the provider answers about a refund, is asked for it again and looked at, or takes it back',
    kinds: ['call', 'reply', 'step'],
    from: ['PaymentSvc', 'PSP'],
    to: ['PaymentSvc', 'PSP'],
    names: [/^(POST|GET) \/refunds(\/:\w+)?$/, /^refund:(unknown|reversed)$/],
    where: notFirstRefund,
  },
  {
    words: 'the provider hears that its webhook arrived',
    kinds: ['reply'],
    from: ['PaymentSvc'],
    to: ['PSP'],
    names: ['POST /webhooks/:provider'],
  },
  ...notified,
  {
    words: 'a refund takes back what the sale gave to its developers',
    kinds: ['step', 'publish'],
    from: ['DeveloperSvc'],
    to: ['DeveloperSvc', 'KafkaBus'],
    names: ['developer_balance:updated', 'developer.balance.updated.v1'],
    where: {
      words: 'because of a refund',
      holds: (interaction, run) => {
        const cause = run.causeOf(interaction)
        return cause === undefined ? undefined : cause.name === 'payment.refunded'
      },
    },
  },
]
