// Instants as people read them: the day and the minute in their own zone, which is named where it matters, or how long ago.

import { DAY, HOUR, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import type { Language } from '../words/language.ts'
import { tagOf } from './money.ts'

export interface Reader {
  readonly language: Language
  /** Of the time zone database; the browser's own when left out. */
  readonly timeZone?: string
}

const zoneOf = ({ timeZone }: Reader): { timeZone?: string } =>
  timeZone === undefined ? {} : { timeZone }

/** `21 нояб. 2026 г., 10:15`. */
export const momentText = (iso: string, reader: Reader): string =>
  new Intl.DateTimeFormat(tagOf(reader.language), {
    ...({ dateStyle: 'medium', timeStyle: 'short' } as const),
    ...zoneOf(reader),
  }).format(new Date(iso))

/** With seconds and the zone, for a title or a receipt. */
export const exactText = (iso: string, reader: Reader): string =>
  new Intl.DateTimeFormat(tagOf(reader.language), {
    ...({ dateStyle: 'long', timeStyle: 'long' } as const),
    ...zoneOf(reader),
  }).format(new Date(iso))

/** Days of the reader's calendar since one that is long over. */
function dayOf(ms: number, reader: Reader): number {
  const form = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
  // Sweden writes `2026-11-21`.
  const day = new Intl.DateTimeFormat('sv-SE', { ...form, ...zoneOf(reader) }).format(ms)
  return Date.parse(day) / DAY
}

/** `10:15:30`, for steps that follow each other within seconds; with its date, where it is another day than the one at hand. */
export function clockText(iso: string, onMs: number, reader: Reader): string {
  const at = Date.parse(iso)
  const isThatDay = dayOf(at, reader) === dayOf(onMs, reader)
  return new Intl.DateTimeFormat(tagOf(reader.language), {
    ...(isThatDay ? {} : ({ dateStyle: 'medium' } as const)),
    ...({ timeStyle: 'medium' } as const),
    ...zoneOf(reader),
  }).format(at)
}

const UNITS = [
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', SECOND],
] as const

/**
 * `5 minutes ago`, of whole minutes that have passed. From a day on the calendar counts, for `yesterday` is a day of it. From a week
 * on the date says more, so the answer is undefined.
 */
export function agoText(iso: string, nowMs: number, reader: Reader): string | undefined {
  const at = Date.parse(iso)
  const passedMs = nowMs - at
  if (passedMs >= 7 * DAY) return undefined
  const words = new Intl.RelativeTimeFormat(tagOf(reader.language), { numeric: 'auto' })
  if (Math.abs(passedMs) >= DAY)
    return words.format(dayOf(at, reader) - dayOf(nowMs, reader), 'day')
  const [unit, ms] =
    UNITS.find(([, length]) => Math.abs(passedMs) >= length) ?? (['second', SECOND] as const)
  return words.format(-Math.trunc(passedMs / ms), unit)
}

/** `04:59` or `1:04:59` that is left of a time limit; never less than nothing. */
export function countdownText(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / SECOND))
  const part = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const rest = `${part(minutes % 60)}:${part(seconds % 60)}`
  return hours === 0 ? rest : `${hours}:${rest}`
}
