// Beginnings of the times that figures are counted over, in the reader's own zone.

export type Period = 'today' | 'week' | 'month'

const DAYS: Readonly<Record<Period, number>> = { today: 0, week: 6, month: 29 }

export const isPeriod = (text: string | undefined): text is Period =>
  text !== undefined && text in DAYS

/** Midnight so many days ago, as the platform takes it. The same text all day, so that answers are kept under it. */
export function sinceOf(period: Period, nowMs: number): string {
  const day = new Date(nowMs)
  const begin = new Date(day.getFullYear(), day.getMonth(), day.getDate() - DAYS[period])
  return begin.toISOString()
}

/** The day of the calendar, as the filters of lists write it. */
export function dayOf(iso: string): string {
  const at = new Date(iso)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** Paid of all that have ended; undefined while none has. */
export function successRate(counts: {
  readonly paid: number
  readonly expired: number
  readonly canceled: number
}): number | undefined {
  const ended = counts.paid + counts.expired + counts.canceled
  return ended === 0 ? undefined : counts.paid / ended
}
