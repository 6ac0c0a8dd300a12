import type { Template } from './letter.ts'

export const orderConfirmation: Template = {
  name: 'order_confirmation',
  ru: {
    subject: 'Заказ оплачен: {total}',
    short: 'Оплата {total} получена, покупка добавляется в вашу библиотеку.',
    blocks: [
      'Спасибо за покупку! Оплата получена, всё из заказа добавляется в вашу библиотеку.',
      { each: 'items', left: '{title}', right: '{price}' },
      {
        named: [
          ['Итого, НДС включён', '{total}'],
          ['Номер заказа', '{order_id}'],
          ['Оплачен', '{paid_at}'],
        ],
      },
      'Кассовый чек на {receipt_total} придёт отдельным письмом.',
      { link: 'Открыть библиотеку', to: '{site}/store/library' },
    ],
  },
  en: {
    subject: 'Order paid: {total}',
    short: 'Your payment of {total} has arrived; what you bought is being added to your library.',
    blocks: [
      'Thank you for your purchase! Your payment has arrived, and everything in the order is being added to your library.',
      { each: 'items', left: '{title}', right: '{price}' },
      {
        named: [
          ['Total, VAT included', '{total}'],
          ['Order number', '{order_id}'],
          ['Paid on', '{paid_at}'],
        ],
      },
      'The fiscal receipt for {receipt_total} comes in a mail of its own.',
      { link: 'Open the library', to: '{site}/store/library' },
    ],
  },
}
