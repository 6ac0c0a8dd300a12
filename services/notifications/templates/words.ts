// Facts in the words of a language: sums and instants by Intl, codes of other services by the tables below. A code that is not
// listed is a provider's reason that it named on its own, and gets words that are true of any: a raw code helps nobody.

import type { DeclineReason } from '@rialto/contracts/payments/declines.ts'
import type { LateReason } from '@rialto/contracts/payments/late.ts'
import { money, toDecimal } from '@rialto/kernel/pure/money.ts'
import type { Fact, Locale } from './letter.ts'

const TAGS: Readonly<Record<Locale, string>> = { ru: 'ru-RU', en: 'en-GB' }
/** The zone is named beside each time. */
const ZONE = 'Europe/Moscow'

type Both = readonly [ru: string, en: string]

/** The store's pages say the same, with what to do about it. */
const DECLINES: Readonly<Record<DeclineReason, Both>> = {
  insufficient_funds: ['На карте не хватает денег', 'There is not enough money on the card'],
  '3d_secure_failed': [
    'Подтверждение в банке не прошло',
    'The confirmation at the bank did not succeed',
  ],
  general_decline: ['Банк отказал, не назвав причины', 'The bank declined and gave no reason'],
  card_expired: ['Срок действия карты истёк', 'The card has expired'],
  expired_on_confirmation: [
    'Платёж не подтвердили вовремя',
    'The payment was not confirmed in time',
  ],
  expired_on_capture: ['Платёж не завершился вовремя', 'The payment was not completed in time'],
  permission_revoked: [
    'Сохранённую карту больше нельзя использовать',
    'The saved card can no longer be used',
  ],
  fraud_suspected: [
    'Платёж остановлен как подозрительный',
    'The payment was stopped as suspicious',
  ],
  payment_method_limit_exceeded: [
    'Превышен лимит платежей',
    'The limit of payments has been exceeded',
  ],
}
/** Of money that came too late. The second half of the sentence says that it went back. */
const LATE: Readonly<Record<LateReason, Both>> = {
  superseded: [
    'Оплата пришла по попытке, вместо которой вы начали другую или изменили заказ',
    'The money came by an attempt that another one, or a change of the order, had replaced',
  ],
  order_changed: [
    'Оплата пришла за прежний состав заказа',
    'The money was for the order as it was before it changed',
  ],
  payment_failed: [
    'Оплата пришла после того, как платёж не прошёл',
    'The money came after the payment had not succeeded',
  ],
  payment_canceled: [
    'Оплата пришла после того, как платёж был отменён',
    'The money came after the payment was canceled',
  ],
  order_ended: [
    'Оплата пришла, когда заказ уже был закрыт',
    'The money came after the order was closed',
  ],
}
const CODES: Readonly<Record<string, Both>> = {
  ...DECLINES,
  ...LATE,
  // True of any reason, also in letters that were written down before they named one.
  late: ['Оплата пришла, когда её уже не ждали', 'The money came when nothing waited for it'],
  sale: ['Приход', 'Sale'],
  refund: ['Возврат прихода', 'Refund of a sale'],
}
const UNKNOWN: Both = [
  'Банк или платёжная система отклонили оплату',
  'The bank or the payment provider declined the payment',
]

const sums = new Map<string, Intl.NumberFormat>()
const times = new Map<Locale, Intl.DateTimeFormat>()

function sumText(locale: Locale, amount: number, currency: string): string {
  const key = `${locale} ${currency}`
  let format = sums.get(key)
  if (format === undefined) {
    format = new Intl.NumberFormat(TAGS[locale], { style: 'currency', currency })
    sums.set(key, format)
  }
  // As decimal text: the formatter reads it exactly, where a float would lose the last digit of a large sum.
  return format.format(toDecimal(money(BigInt(amount), currency)) as Intl.StringNumericLiteral)
}

function timeText(locale: Locale, instant: string): string {
  let format = times.get(locale)
  if (format === undefined) {
    format = new Intl.DateTimeFormat(TAGS[locale], {
      ...({ day: 'numeric', month: 'long', year: 'numeric' } as const),
      ...({ hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const),
      timeZone: ZONE,
    })
    times.set(locale, format)
  }
  return format.format(Date.parse(instant))
}

export function factText(fact: Fact, locale: Locale): string {
  if (typeof fact === 'string') return fact
  if ('amount' in fact) return sumText(locale, fact.amount, fact.currency)
  if ('at' in fact) return timeText(locale, fact.at)
  return (CODES[fact.code] ?? UNKNOWN)[locale === 'ru' ? 0 : 1]
}
