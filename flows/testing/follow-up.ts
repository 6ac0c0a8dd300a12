// What a paid order sets off, written down as a good run has it: the library, the mails, the receipt, the figures, the developer.

import type { Script } from './script.ts'

const TOLD = 'notification.message.status.updated.v1'
const RECEIPT = 'payment.fiscal.receipt.status.updated.v1'

/** A mail about one event; the four ids are what is heard, written down, sent and told. */
export function tell(s: Script, event: string, ids: readonly string[]): void {
  const [heard = '', queued = '', sent = '', told = ''] = ids
  s.consume(heard, 'NotificationSvc', event)
  s.step(queued, ['NotificationSvc', 'notification:queued'], event)
  s.step(sent, ['NotificationSvc', 'notification:sent'], event)
  const payload = { status: 'sent', channel: 'email' }
  s.publish(told, ['NotificationSvc', TOLD], { parent: event, payload })
}

export interface Delivery {
  readonly lines: number
  readonly extras: boolean
  readonly hasReceipt: boolean
}

function grant(s: Script, { lines, extras }: Delivery): void {
  s.consume('P.26', 'LibrarySvc', 'P.25')
  for (let n = 0; n < lines; n++)
    s.step(n === 0 ? 'P.27' : `P.27.${n}`, ['LibrarySvc', 'library_item:owned'], 'P.25')
  for (let n = 0; n < lines; n++)
    s.publish(n === 0 ? 'P.28' : `P.28.${n}`, ['LibrarySvc', 'library.game.added.v1'], {
      parent: 'P.25',
    })
  if (!extras) return
  s.consume('x.added', 'OrderSvc', 'P.28')
  s.step('x.fulfilled.step', ['OrderSvc', 'order:fulfilled'], 'P.28')
  s.publish('x.fulfilled', ['OrderSvc', 'order.fulfilled'], { parent: 'P.28' })
}

function fiscalize(s: Script, paid: string): void {
  s.step('P.34', ['PaymentSvc', 'fiscal_receipt:pending'], paid)
  s.call('x.sell', ['PaymentSvc', 'OFD', 'POST /:group/sell'], { parent: paid })
  s.reply('x.sell.reply', 'x.sell', '200')
  const callback = s.call('x.atol', ['OFD', 'PaymentSvc', 'POST /webhooks/atol'])
  s.step('x.fiscalized', ['PaymentSvc', 'fiscal_receipt:fiscalized_success'], callback)
  const payload = { status: 'fiscalized_success', kind: 'sale' }
  s.publish('P.35', ['PaymentSvc', RECEIPT], { parent: callback, payload })
  tell(s, 'P.35', ['P.36', 'P.37', 'P.38', 'P.39'])
}

function credit(s: Script, paid: string, lines: number): void {
  s.consume('P.42', 'DeveloperSvc', paid)
  for (let n = 0; n < lines; n++) {
    const tag = n === 0 ? '' : `.${n}`
    s.step(`P.43${tag}`, ['DeveloperSvc', 'developer_balance:updated'], paid)
    const type = 'developer.balance.updated.v1'
    s.publish(`P.44${tag}`, ['DeveloperSvc', type], { parent: paid })
  }
}

export function deliver(s: Script, paid: string, delivery: Delivery): void {
  const { lines, extras, hasReceipt } = delivery
  s.consume('P.23', 'OrderSvc', paid)
  s.step('P.24', ['OrderSvc', 'order:completed'], paid)
  s.publish('P.25', ['OrderSvc', 'order.processing.completed.v1'], {
    parent: paid,
    payload: { items: Array.from({ length: lines }, (_, n) => ({ product_id: `prd_${n}` })) },
  })
  if (extras) s.publish('x.order.completed', ['OrderSvc', 'order.completed'], { parent: paid })
  grant(s, delivery)
  tell(s, 'P.25', ['P.29', 'P.30', 'P.31', 'P.32'])
  s.consume('P.33', 'PaymentSvc', paid)
  if (hasReceipt) fiscalize(s, paid)
  s.consume('P.40', 'AnalyticsSvc', paid)
  s.step('P.41', ['AnalyticsSvc', 'purchase_fact:recorded'], paid)
  credit(s, paid, lines)
}
