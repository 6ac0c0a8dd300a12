import type { Template } from './letter.ts'

export const paymentFailed: Template = {
  name: 'payment_failed',
  ru: {
    subject: 'Оплата {total} не прошла',
    short: 'Оплата {total} не прошла, деньги не списаны. Можно попробовать ещё раз.',
    blocks: [
      'Оплата {total} не прошла. {reason}.',
      'Деньги не списаны. Если банк их удержал, он вернёт их сам; если они всё же поступят нам после закрытия заказа, мы вернём их автоматически.',
      'Попробуйте ещё раз или выберите другой способ оплаты, пока заказ ждёт.',
      { named: [['Номер заказа', '{order_id}']] },
      { link: 'Вернуться к оплате', to: '{site}/store/orders/{order_id}' },
    ],
  },
  en: {
    subject: 'Your payment of {total} did not succeed',
    short: 'Your payment of {total} did not succeed; no money was taken. You can try again.',
    blocks: [
      'Your payment of {total} did not succeed. {reason}.',
      'No money was taken. If your bank holds the sum, it will release it; should it reach us after the order was closed, we send it back by ourselves.',
      'Try again, or choose another way to pay, while the order waits.',
      { named: [['Order number', '{order_id}']] },
      { link: 'Back to the payment', to: '{site}/store/orders/{order_id}' },
    ],
  },
}
