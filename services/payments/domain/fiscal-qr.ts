// What the QR code of a receipt says (tag 1196): five values that the tax service checks a receipt by, and the operation.

import { money, toDecimal } from '@rialto/kernel/pure/money.ts'

export interface QrFacts {
  /** As the register writes it: `dd.mm.yyyy HH:MM:SS`, its own local time, which the code carries too. */
  readonly receiptDatetime: string
  readonly totalMinor: bigint
  readonly fnNumber: string
  readonly documentNumber: string
  readonly attribute: string
  readonly kind: 'sale' | 'refund'
}

const DATETIME = /^(\d{2})\.(\d{2})\.(\d{4}) (\d{2}):(\d{2})(?::\d{2})?$/
/** Tag 1054. */
const OPERATIONS = { sale: 1, refund: 2 } as const

/** To the minute, the form that both kinds of reader take. Undefined when the time is none. */
export function qrOf(facts: QrFacts): string | undefined {
  const match = DATETIME.exec(facts.receiptDatetime)
  if (match === null) return undefined
  const [, day, month, year, hour, minute] = match
  const sum = toDecimal(money(facts.totalMinor, 'RUB'))
  return [
    `t=${year}${month}${day}T${hour}${minute}`,
    `s=${sum}`,
    `fn=${facts.fnNumber}`,
    `i=${facts.documentNumber}`,
    `fp=${facts.attribute}`,
    `n=${OPERATIONS[facts.kind]}`,
  ].join('&')
}
