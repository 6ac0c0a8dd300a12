import { useEffect, useState } from 'react'
import { browserClock } from '../clock.ts'
import { agoText, clockText, exactText, momentText } from '../format/moments.ts'
import { useLanguage } from '../words/use-language.ts'

const MINUTE_MS = 60_000

/** The time, drawn again every so often. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(browserClock.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(browserClock.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

export interface MomentProps {
  readonly at: string
  /** `ago` for lists, `clock` for steps of one minute, `full` where the day counts. */
  readonly as?: 'ago' | 'clock' | 'full'
  /** Of a clock: what stands beside it with its day. Without it a clock without a day is of today. */
  readonly on?: string | undefined
}

/** An instant, with its exact reading and zone under the pointer and for programs. */
export function Moment({ at, as = 'ago', on }: MomentProps) {
  const language = useLanguage()
  const now = useNow(MINUTE_MS)
  const reader = { language }
  const text =
    as === 'clock'
      ? clockText(at, on === undefined ? now : Date.parse(on), reader)
      : ((as === 'ago' ? agoText(at, now, reader) : undefined) ?? momentText(at, reader))
  return (
    <time dateTime={at} title={exactText(at, reader)} className="tabular">
      {text}
    </time>
  )
}
