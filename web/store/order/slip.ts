// What the paper of a receipt says.

import { vatPercent } from '@rialto/contracts/shapes/vat.ts'
import type { Receipt } from '../data/queries.ts'

/** The rate of a line's tax as it is read; undefined: its price has none. A code that nobody knows is shown as it is. */
export function rateOf(code: string): string | undefined {
  if (code === 'none') return undefined
  const percent = vatPercent(code)
  return percent === undefined ? code : `${percent} %`
}

/** Only a document that is finished can be taken for a real one. */
export const isMarkedSimulated = (
  { status }: Pick<Receipt, 'status'>,
  isSimulated: boolean,
): boolean => isSimulated && status === 'fiscalized_success'
