// Tax codes of lines, as fiscal registers name them, and the tax that a price of theirs contains. Receipt, ledger and developer's share
// read this one table: what can stand on a receipt can be posted.

const RATES = {
  ...({
    none: '0',
    vat0: '0',
    vat5: '5',
    vat7: '7',
    vat10: '10',
    vat20: '20',
    vat22: '22',
  } as const),
  ...({ vat105: '5', vat107: '7', vat110: '10', vat120: '20', vat122: '22' } as const),
}

export type TaxCode = keyof typeof RATES
export const taxCodes = Object.keys(RATES) as readonly TaxCode[]

/** Per cent; undefined: a code that nobody has given a rate, and that no register takes. */
export const vatPercent = (taxCode: string): string | undefined =>
  Object.hasOwn(RATES, taxCode) ? RATES[taxCode as TaxCode] : undefined
