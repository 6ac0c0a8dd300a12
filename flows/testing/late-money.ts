// Money that came when nothing waited for it any more, and how it went back: added to the run of an order that expired.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { goodPurchase } from './good-purchase.ts'
import { Script } from './script.ts'

const STATUS = 'payment.transaction.status.updated.v1'

export interface LateShape {
  /** The order was not paid otherwise and has expired, or another attempt had paid for it. */
  readonly order: 'expired' | 'paid'
  /** The provider's last word about the refund. */
  readonly refund?: 'succeeded' | 'failed'
  /** It failed, and a person made it at the provider. */
  readonly atDesk?: boolean
  /** Its first answer was lost, and it was asked again. */
  readonly isLost?: boolean
  /** Nobody knew what became of it until a person made it at the provider. */
  readonly isForestalled?: boolean
}

export function lateMoney(shape: LateShape): Interaction[] {
  const { order, isLost = false, isForestalled = false } = shape
  const atDesk = shape.atDesk === true || isForestalled
  const refund = atDesk ? 'failed' : (shape.refund ?? 'succeeded')
  const s = new Script(false)
  // Of two pages that are both paid, the one that was left first.
  s.run.push(
    ...(order === 'expired' ? goodPurchase({ expires: true, abandoned: true }) : bothPages()),
  )
  const payload = { transaction_id: 'pay_1', new_status: 'completed', late: true, currency: 'RUB' }
  s.call('late.hook', ['PSP', 'PaymentSvc', 'POST /webhooks/:provider'])
  s.step('late.step', ['PaymentSvc', 'payment:completed'], 'late.hook')
  s.publish('late.publish', ['PaymentSvc', STATUS], { parent: 'late.hook', payload })
  s.step('refund.asked', ['PaymentSvc', 'refund:requested'], 'late.hook')
  s.step('refund.begun', ['PaymentSvc', 'refund:submitted'], 'late.hook')
  s.call('refund.call', ['PaymentSvc', 'PSP', 'POST /refunds'], { parent: 'late.hook' })
  if (isForestalled) {
    s.reply('x.refund.lost', 'refund.call', 'timeout')
    s.step('x.refund.unknown', ['PaymentSvc', 'refund:unknown'], 'late.hook')
  } else if (isLost) {
    s.reply('x.refund.lost', 'refund.call', 'timeout')
    s.step('x.refund.unknown', ['PaymentSvc', 'refund:unknown'], 'late.hook')
    s.call('x.refund.again', ['PaymentSvc', 'PSP', 'POST /refunds'], { parent: 'late.hook' })
    s.reply('x.refund.answer', 'x.refund.again', '200')
  } else s.reply('x.refund.reply', 'refund.call', refund === 'failed' ? '400' : '200')
  if (!isForestalled) s.step('refund.ended', ['PaymentSvc', `refund:${refund}`], 'late.hook')
  if (refund === 'succeeded') tellRefund(s, 'refund.told', 'late.hook')
  if (!atDesk) return s.run
  s.call('desk.hook', ['PSP', 'PaymentSvc', 'POST /webhooks/:provider'])
  if (isForestalled) s.step('refund.ended', ['PaymentSvc', 'refund:failed'], 'desk.hook')
  for (const state of ['requested', 'submitted', 'succeeded'])
    s.step(`desk.${state}`, ['PaymentSvc', `refund:${state}`], 'desk.hook')
  tellRefund(s, 'desk.told', 'desk.hook')
  return s.run
}

function tellRefund(s: Script, id: string, parent: string): void {
  const payload = { payment_id: 'pay_1', refund_id: `rfd_${id}`, late: true }
  s.publish(id, ['PaymentSvc', 'payment.refunded'], { parent, payload })
}

/** A first attempt that was left, and a second one that paid. */
function bothPages(): Interaction[] {
  const left = /^(declined|refused)\.\w+@1$/
  return goodPurchase({ declined: 1 }).filter(({ id }) => !left.test(id))
}
