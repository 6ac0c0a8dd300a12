import type { Template } from './letter.ts'

export const orderCanceled: Template = {
  name: 'order_canceled',
  ru: {
    subject: 'Заказ отменён',
    short:
      'Заказ отменён. Деньги за него не удерживаются: если они приходили или ещё придут, мы возвращаем их автоматически.',
    blocks: [
      'Заказ отменён.',
      'Деньги за него не удерживаются. Если они приходили или ещё придут, мы возвращаем их автоматически и пишем вам об этом.',
      'Если покупка ещё нужна, оформите новый заказ.',
      { named: [['Номер заказа', '{order_id}']] },
      { link: 'Перейти в магазин', to: '{site}/store' },
    ],
  },
  en: {
    subject: 'Order canceled',
    short:
      'The order was canceled, and no money is kept for it. What came, or still comes, we send back by ourselves.',
    blocks: [
      'The order was canceled.',
      'No money is kept for it. What came for this order, or still comes, we send back by ourselves and tell you so.',
      'If you still want it, place a new order.',
      { named: [['Order number', '{order_id}']] },
      { link: 'Go to the store', to: '{site}/store' },
    ],
  },
}
