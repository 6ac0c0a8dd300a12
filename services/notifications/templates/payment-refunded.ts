import type { Template } from './letter.ts'

export const paymentRefunded: Template = {
  name: 'payment_refunded',
  ru: {
    subject: 'Возврат {total}',
    short: 'Мы вернули {total}. Деньги придут тем же способом, которым вы платили.',
    blocks: [
      'Мы вернули {total}.',
      '{cause}, поэтому мы вернули деньги сами: делать ничего не нужно.',
      'Деньги придут тем же способом, которым вы платили. Обычно это занимает до трёх рабочих дней, срок зависит от банка.',
      {
        named: [
          ['Номер заказа', '{order_id}'],
          ['Номер возврата', '{refund_id}'],
        ],
      },
    ],
  },
  en: {
    subject: 'Refund of {total}',
    short: 'We have sent back {total}. It arrives the way you paid.',
    blocks: [
      'We have sent back {total}.',
      '{cause}, so we returned it by ourselves; there is nothing you need to do.',
      'The money arrives the way you paid. That usually takes up to three working days, depending on the bank.',
      {
        named: [
          ['Order number', '{order_id}'],
          ['Refund number', '{refund_id}'],
        ],
      },
    ],
  },
}
