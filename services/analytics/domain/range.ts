// Ranges of days. One that would read years is refused before the database is asked; a day that the calendar lacks the contract
// has refused before.

import { Problem } from '@rialto/kernel/pure/problem.ts'
import { DAY, isoInstant } from '@rialto/kernel/pure/time.ts'
import { problems } from '../errors.ts'
import type { Range } from '../store.ts'

const DEFAULT_DAYS = 30
const DAYS_MAX = 366

const dayAt = (ms: number): string => isoInstant(ms).slice(0, 10)

const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`)

/** What was asked for, or the last 30 days; one end alone reaches 30 days from it. */
export function rangeOf(asked: { from?: string; to?: string }, nowMs: number): Range {
  const fromMs = asked.from === undefined ? undefined : startOf(asked.from)
  const askedTo = asked.to === undefined ? undefined : startOf(asked.to)
  const today = startOf(dayAt(nowMs))
  const span = (DEFAULT_DAYS - 1) * DAY
  const toMs =
    askedTo ?? (fromMs === undefined ? today : Math.max(fromMs, Math.min(today, fromMs + span)))
  const startMs = fromMs ?? toMs - span
  if (startMs > toMs)
    throw new Problem(problems.range_invalid, { detail: 'It ends before it begins.' })
  if ((toMs - startMs) / DAY >= DAYS_MAX)
    throw new Problem(problems.range_invalid, { detail: `It is longer than ${DAYS_MAX} days.` })
  return { from: dayAt(startMs), to: dayAt(toMs) }
}
