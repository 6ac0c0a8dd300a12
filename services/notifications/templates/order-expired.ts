import type { Template } from './letter.ts'

export const orderExpired: Template = {
  name: 'order_expired',
  ru: {
    subject: 'Заказ закрыт: время на оплату вышло',
    short: 'Заказ закрыт: его не оплатили вовремя. Деньги за него не удерживаются.',
    blocks: [
      'Заказ не был оплачен вовремя и закрыт.',
      'Деньги за него не удерживаются. Если они приходили или ещё придут, мы возвращаем их автоматически и пишем вам об этом.',
      'Если покупка ещё нужна, оформите новый заказ.',
      {
        named: [
          ['Номер заказа', '{order_id}'],
          ['Закрыт', '{ended_at}'],
        ],
      },
      { link: 'Перейти в магазин', to: '{site}/store' },
    ],
  },
  en: {
    subject: 'Order closed: the time to pay ran out',
    short: 'The order was closed because it was not paid in time. No money is kept for it.',
    blocks: [
      'The order was not paid in time and has been closed.',
      'No money is kept for it. What came for this order, or still comes, we send back by ourselves and tell you so.',
      'If you still want it, place a new order.',
      {
        named: [
          ['Order number', '{order_id}'],
          ['Closed on', '{ended_at}'],
        ],
      },
      { link: 'Go to the store', to: '{site}/store' },
    ],
  },
}
