import type { Template } from './letter.ts'

export const orderCanceled: Template = {
  name: 'order_canceled',
  ru: {
    subject: 'Заказ отменён',
    short:
      'Заказ отменён, деньги за него не списаны. Если они всё же придут, мы вернём их автоматически.',
    blocks: [
      'Заказ отменён.',
      'Деньги за него не списаны. Если они всё же придут, мы вернём их автоматически и напишем вам об этом.',
      'Если покупка ещё нужна, оформите новый заказ.',
      { named: [['Номер заказа', '{order_id}']] },
      { link: 'Перейти в магазин', to: '{site}/store' },
    ],
  },
  en: {
    subject: 'Order canceled',
    short:
      'The order was canceled, and no money was taken. Should any still arrive, we send it back by ourselves.',
    blocks: [
      'The order was canceled.',
      'No money was taken. Should any still arrive for this order, we send it back by ourselves and tell you so.',
      'If you still want it, place a new order.',
      { named: [['Order number', '{order_id}']] },
      { link: 'Go to the store', to: '{site}/store' },
    ],
  },
}
