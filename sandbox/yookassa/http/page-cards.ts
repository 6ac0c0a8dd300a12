// The magic cards. A simulation must not hold a real card, so these are the only numbers that the page takes; any other is refused
// unread: it is not kept, not logged and not written back into the page.

import type { Outcome } from '../engine/desk.ts'
import type { Label } from './page-words.ts'

export interface MagicCard {
  readonly key: string
  readonly number: string
  readonly outcome: Outcome
  /** The bank asks the payer first. */
  readonly challenge: boolean
  readonly label: Label
}

export const CVC = '123'
export const EXPIRY = '12/30'
/** What the bank's message says; it stands on the page, because there is no bank. */
export const CODE = '1234'

export const MAGIC_CARDS: readonly MagicCard[] = [
  {
    ...{ key: 'ok', number: '5555555555554477', outcome: 'ok', challenge: false },
    label: ['Оплата проходит', 'Pays'],
  },
  {
    ...{ key: '3ds', number: '2200000000000004', outcome: 'ok', challenge: true },
    label: ['С проверкой 3-D Secure', 'With a 3-D Secure check'],
  },
  {
    ...{ key: 'decline', number: '2200000000000012', outcome: 'decline', challenge: false },
    label: ['Отказ банка', 'Declined by the bank'],
  },
  {
    ...{ key: 'no_funds', number: '2200000000000020', outcome: 'no_funds', challenge: false },
    label: ['Не хватает денег', 'Insufficient funds'],
  },
  {
    ...{ key: 'timeout', number: '2200000000000038', outcome: 'timeout_after_charge' },
    challenge: false,
    label: ['Деньги списаны, ответа нет', 'Charged, but no answer'],
  },
]

export const cardByKey = (key: string | null): MagicCard | undefined =>
  MAGIC_CARDS.find((card) => card.key === key)

export const cardByNumber = (typed: string): MagicCard | undefined =>
  MAGIC_CARDS.find((card) => card.number === typed.replaceAll(/[\s-]/g, ''))

/** In groups of four, as it stands on a card. */
export const grouped = (number: string): string => number.replaceAll(/(\d{4})(?=\d)/g, '$1 ')
