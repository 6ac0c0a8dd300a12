// Money as people of a language write it. The amount stays an integer of minor units until its decimal text is handed to Intl, so
// no price is ever a float.

import { toDecimal } from '@rialto/kernel/pure/money.ts'
import type { Language } from '../words/language.ts'

const TAGS: Readonly<Record<Language, string>> = { ru: 'ru-RU', en: 'en-GB' }
export const tagOf = (language: Language): string => TAGS[language]

const formats = new Map<string, Intl.NumberFormat>()

function formatOf(language: Language, currency: string): Intl.NumberFormat {
  const key = `${language} ${currency}`
  let format = formats.get(key)
  if (format === undefined) {
    format = new Intl.NumberFormat(tagOf(language), {
      ...({ style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const),
    })
    formats.set(key, format)
  }
  return format
}

/** `1 234,50 ₽` of 123450 minor units. */
export const moneyText = (minor: number, currency: string, language: Language): string =>
  formatOf(language, currency).format(
    // The text of a whole number of minor units is one that Intl reads exactly.
    toDecimal({ minor: BigInt(minor), currency }) as `${number}`,
  )
