// Every template by its name, and the words of what is only noted: steps of an order of which nobody is told by mail.

import { resetPassword, verifyEmail, welcome } from './account.ts'
import { fiscalReceiptDelivery } from './fiscal-receipt-delivery.ts'
import type { Letter, Locale, Template } from './letter.ts'
import { orderCanceled } from './order-canceled.ts'
import { orderConfirmation } from './order-confirmation.ts'
import { orderExpired } from './order-expired.ts'
import { paymentFailed } from './payment-failed.ts'
import { paymentRefunded } from './payment-refunded.ts'

export const templates: ReadonlyMap<string, Template> = new Map(
  [
    ...[orderConfirmation, fiscalReceiptDelivery, welcome, paymentFailed],
    ...[orderExpired, orderCanceled, paymentRefunded, verifyEmail, resetPassword],
  ].map((template) => [template.name, template]),
)

type Short = Readonly<Record<Locale, Pick<Letter, 'subject' | 'short'>>>

const notes: Readonly<Record<string, Short>> = {
  'order.created': {
    ru: { subject: 'Заказ создан', short: 'Заказ на {total} создан и ждёт оплаты.' },
    en: {
      subject: 'Order placed',
      short: 'The order for {total} is placed and waits for payment.',
    },
  },
  'order.updated': {
    ru: { subject: 'Заказ изменён', short: 'Заказ изменён, теперь он на {total}.' },
    en: { subject: 'Order changed', short: 'The order was changed and is now for {total}.' },
  },
  'order.payment_pending': {
    ru: { subject: 'Можно платить', short: 'Всё готово к оплате {total}.' },
    en: { subject: 'Ready to pay', short: 'Everything is ready for the payment of {total}.' },
  },
  'order.completed': {
    ru: { subject: 'Заказ оплачен', short: 'Оплата {total} получена.' },
    en: { subject: 'Order paid', short: 'The payment of {total} has arrived.' },
  },
  'order.fulfilled': {
    ru: { subject: 'Заказ выполнен', short: 'Всё из заказа у вас.' },
    en: { subject: 'Order delivered', short: 'Everything in the order is yours.' },
  },
}

/** The title and the one line for something that was told or noted. */
export const shortOf = (kind: string): Short | undefined => templates.get(kind) ?? notes[kind]
