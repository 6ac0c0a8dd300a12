// Facts in the words of a language: sums and instants by Intl, codes of other services by the table below. A code that is not
// listed gets words that are true of any: a raw code helps nobody.

import { money, toDecimal } from '@rialto/kernel/pure/money.ts'
import type { Fact, Locale } from './letter.ts'

const TAGS: Readonly<Record<Locale, string>> = { ru: 'ru-RU', en: 'en-GB' }
/** The zone is named beside each time. */
const ZONE = 'Europe/Moscow'

const CODES: Readonly<Record<string, readonly [ru: string, en: string]>> = {
  insufficient_funds: ['На карте не хватает денег', 'There is not enough money on the card'],
  '3d_secure_failed': [
    'Подтверждение в банке не прошло',
    'The confirmation at the bank did not succeed',
  ],
  card_expired: ['Срок действия карты истёк', 'The card has expired'],
  expired_on_confirmation: ['Время на оплату вышло', 'The time to pay ran out'],
  payment_method_limit_exceeded: [
    'Превышен лимит платежей',
    'The limit of payments has been exceeded',
  ],
  payment_failed: ['Оплата не прошла', 'The payment did not succeed'],
  late: ['Оплата пришла, когда заказ уже был закрыт', 'The money came after the order was closed'],
  sale: ['Приход', 'Sale'],
  refund: ['Возврат прихода', 'Refund of a sale'],
}
const UNKNOWN = ['Причина не сообщена', 'No reason was given'] as const

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
