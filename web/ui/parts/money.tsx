import { moneyText } from '../format/money.ts'
import { useLanguage } from '../words/use-language.ts'

export interface MoneyProps {
  readonly amount: number
  readonly currency: string
}

/** An amount as the reader's language writes it, its digits under each other in a column. */
export function Money({ amount, currency }: MoneyProps) {
  return <span className="tabular">{moneyText(amount, currency, useLanguage())}</span>
}
