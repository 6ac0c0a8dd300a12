// Filters as they stand in the address, and as the platform takes them. Amounts are written as people write them and sent in minor
// units; days are the reader's own and sent as instants. What cannot be read is said at its field and not sent.

import { fromDecimal } from '@rialto/kernel/pure/money.ts'

export type FilterKind = 'text' | 'id' | 'choice' | 'day' | 'amount'

export interface Filter {
  readonly name: string
  readonly kind: FilterKind
  /** Of an id: its prefix. */
  readonly prefix?: string
  readonly choices?: readonly string[]
}

export const YES_OR_NO: readonly string[] = ['yes', 'no']

export type Values = Readonly<Record<string, string | undefined>>

const ID = /^[a-z]+_[0-9a-hjkmnp-tv-z]{26}$/
const DAY = /^\d{4}-\d{2}-\d{2}$/
/** In which amounts of any currency are written here; all that are sold in have two decimals. */
const DECIMALS = 'RUB'

/** Minor units of `499`, `499.5` or `1 234,50`. */
export function minorOf(text: string): number | undefined {
  const plain = text.replaceAll(/[\s\u00a0\u202f]/g, '').replace(',', '.')
  if (!/^\d{1,12}(\.\d{1,2})?$/.test(plain)) return undefined
  return Number(fromDecimal(plain, DECIMALS).minor)
}

/** Beginning of a day of the reader's calendar, or of the one after it. */
export function instantOf(day: string, which: 'begin' | 'end'): string | undefined {
  if (!DAY.test(day)) return undefined
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  const at = new Date(year, month - 1, date + (which === 'end' ? 1 : 0))
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/** Whether a value can be sent; an empty one need not be. */
export function isGood({ kind, prefix, choices }: Filter, value: string): boolean {
  if (value === '') return true
  if (kind === 'id') return ID.test(value) && value.startsWith(`${prefix ?? ''}_`)
  if (kind === 'amount') return minorOf(value) !== undefined
  if (kind === 'day') return DAY.test(value)
  if (kind === 'choice') return choices?.includes(value) === true
  return value.length <= 100
}

/** What is asked of the platform. */
export function queryOf(filters: readonly Filter[], values: Values): Record<string, unknown> {
  return Object.fromEntries(
    filters.flatMap((filter): [string, unknown][] => {
      const value = (values[filter.name] ?? '').trim()
      if (value === '' || !isGood(filter, value)) return []
      if (filter.kind === 'amount') return [[filter.name, minorOf(value)]]
      if (filter.kind === 'day')
        return [[filter.name, instantOf(value, filter.name === 'to' ? 'end' : 'begin')]]
      if (filter.choices === YES_OR_NO) return [[filter.name, value === 'yes']]
      return [[filter.name, value]]
    }),
  )
}

export const hasFilter = (filters: readonly Filter[], values: Values): boolean =>
  filters.some(({ name }) => (values[name] ?? '') !== '')
