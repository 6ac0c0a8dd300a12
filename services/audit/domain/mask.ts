// What of an event may stand in the audit trail, which is kept longer than people and read by more of us than their accounts: ids,
// states, amounts and instants as they are, everything else as the mark that there was something. Names are let through one by
// one, so that a field which somebody adds tomorrow is masked until somebody has thought about it.

/** Stands for what is left out. */
export const MASK = '•••'

/** Last words of names whose texts are ids, states, codes or instants. */
const PLAIN =
  /(^|_)(id|ids|at|date|status|state|type|kind|channel|currency|provider|method|region|template|purpose|destination|title|locale|fields|eventType)$/
/** Names that are let through as a whole. */
const PLAIN_NAMES = new Set([
  ...['tax_code', 'vat', 'fn_number', 'fiscal_document_number', 'fiscal_document_attribute'],
])
/** What people or providers wrote: kept for its sense, without what looks like an address or a number of somebody's. */
const SPOKEN = /(^|_)(reason|error)$/
/** Numbers are amounts and counts, but under these names. */
const PERSONAL_NUMBER = /(phone|card|pan|cvc|cvv|pin|inn|snils|passport|birth|code)/i

const ADDRESS = /[^\s@<>"']+@[^\s@<>"']+/g
/** Seven digits and more, in groups or not: phones, cards, documents. */
const LONG_NUMBER = /\+?\d(?:[ ().-]{0,2}\d){6,}/g

const DEPTH_MAX = 6
const LIST_MAX = 100
const TEXT_MAX = 300

/** Looking for an at sign first: the pattern tries every place of an id, and most texts are ids. */
const withoutAddresses = (text: string): string =>
  text.includes('@') ? text.replaceAll(ADDRESS, MASK) : text

function maskedText(text: string, name: string): string {
  const shown = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text
  if (SPOKEN.test(name)) return withoutAddresses(shown).replaceAll(LONG_NUMBER, MASK)
  // An id never has an at sign; who puts an address where an id belongs is masked all the same.
  if (PLAIN.test(name) || PLAIN_NAMES.has(name)) return withoutAddresses(shown)
  return MASK
}

function maskedValue(value: unknown, name: string, depth: number): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number') return PERSONAL_NUMBER.test(name) ? MASK : value
  if (typeof value === 'string') return maskedText(value, name)
  if (depth >= DEPTH_MAX) return MASK
  if (Array.isArray(value))
    return value.slice(0, LIST_MAX).map((one) => maskedValue(one, name, depth + 1))
  return maskedFields(value, depth + 1)
}

const maskedFields = (value: unknown, depth: number): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value as object).map(([name, one]) => [name, maskedValue(one, name, depth)]),
  )

/** The data of an event as the audit trail keeps it. */
export const masked = (data: unknown): Record<string, unknown> =>
  typeof data === 'object' && data !== null && !Array.isArray(data) ? maskedFields(data, 0) : {}
