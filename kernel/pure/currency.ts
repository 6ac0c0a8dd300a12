// ISO 4217: the active currencies and how many decimal digits their minor unit has (list one, as of
// January 2026). A wrong exponent is a price wrong by a factor of ten or a hundred, so a code that
// is not listed is refused, never guessed. Codes without a minor unit (metals, testing, drawing
// rights) are left out: nothing can be sold in them.

/** ISO 4217 alphabetic code, upper case. Check outside text with `isCurrency`. */
export type Currency = string

const CODES_BY_EXPONENT: readonly (readonly [number, string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
  [
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP
    COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
    JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN
    NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
    THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  ],
]

const EXPONENTS: ReadonlyMap<Currency, number> = new Map(
  CODES_BY_EXPONENT.flatMap(([exponent, codes]) =>
    codes.split(/\s+/).map((code) => [code, exponent] as const),
  ),
)

/** Every listed code, sorted. */
export const currencies: readonly Currency[] = [...EXPONENTS.keys()].sort()

export const isCurrency = (code: string): boolean => EXPONENTS.has(code)

/** Decimal digits of the minor unit: 2 for RUB, 0 for JPY. Throws on a code that is not listed. */
export function exponentOf(currency: Currency): number {
  const exponent = EXPONENTS.get(currency)
  if (exponent === undefined)
    throw new RangeError(`"${currency}" is not an active ISO 4217 currency`)
  return exponent
}
