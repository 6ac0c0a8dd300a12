// What a list or a page shows while it has nothing to show: a skeleton after a moment, words when it takes long, and, when there
// is nothing, what would be here and the one thing to do about it.

import { Skeleton } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './states.module.css'

const SKELETON_AFTER_MS = 100

/** True once this has been shown for so long. */
function useAfter(ms: number): boolean {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), ms)
    return () => clearTimeout(timer)
  }, [ms])
  return isOver
}

export function Loading({ lines = 3, what }: { readonly lines?: number; readonly what?: string }) {
  const { t } = useTranslation()
  const isShown = useAfter(SKELETON_AFTER_MS)
  const isLong = useAfter(1_000)
  if (!isShown) return <div className={classes.room} aria-busy="true" />
  return (
    <div className={classes.room} aria-busy="true" role="status">
      <p className={isLong ? classes.step : classes.hidden}>{what ?? t('state.loading')}…</p>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines that are all alike and never move.
        <Skeleton key={line} height={18} my="sm" width={line === lines - 1 ? '60%' : '100%'} />
      ))}
    </div>
  )
}

export interface EmptyProps {
  readonly title: string
  readonly text: string
  readonly children?: ReactNode
}

export function Empty({ title, text, children }: EmptyProps) {
  return (
    <section className={classes.empty}>
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </section>
  )
}
