import type { Template } from './letter.ts'

export const fiscalReceiptDelivery: Template = {
  name: 'fiscal_receipt_delivery',
  ru: {
    subject: 'Кассовый чек на {total}',
    short: 'Кассовый чек на {total} зарегистрирован.',
    blocks: [
      'Кассовый чек по вашему заказу зарегистрирован. Сохраните это письмо: по этим данным чек можно проверить в налоговой службе.',
      {
        named: [
          ['Сумма', '{total}'],
          ['Признак расчёта', '{kind}'],
          ['Номер заказа', '{order_id}'],
          ['ФН', '{fn_number}'],
          ['ФД', '{fiscal_document_number}'],
          ['ФПД', '{fiscal_document_attribute}'],
          ['Зарегистрирован', '{registered_at}'],
          ['Строка QR-кода', '{qr}'],
        ],
      },
      { link: 'Открыть чек', to: '{receipt_url}' },
    ],
  },
  en: {
    subject: 'Fiscal receipt for {total}',
    short: 'The fiscal receipt for {total} is registered.',
    blocks: [
      'The fiscal receipt of your order is registered. Keep this message: with these figures the receipt can be checked at the tax service.',
      {
        named: [
          ['Amount', '{total}'],
          ['Kind', '{kind}'],
          ['Order number', '{order_id}'],
          ['Fiscal storage (FN)', '{fn_number}'],
          ['Fiscal document (FD)', '{fiscal_document_number}'],
          ['Fiscal sign (FPD)', '{fiscal_document_attribute}'],
          ['Registered on', '{registered_at}'],
          ['Text of the QR code', '{qr}'],
        ],
      },
      { link: 'Open the receipt', to: '{receipt_url}' },
    ],
  },
}
