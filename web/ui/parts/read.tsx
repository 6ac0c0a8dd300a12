// What was asked of the platform, in whichever state it is. What is there stays there: that it could not be read once more is told
// above it, and where the page follows by itself only by the time of the last answer, for the next one may be seconds away.

import { Button } from '@mantine/core'
import { type ReactNode, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorPanel } from './error-panel.tsx'
import { Moment } from './moment.tsx'
import classes from './states.module.css'
import { Loading } from './states.tsx'

export interface Following {
  readonly data?: unknown
  readonly error: unknown
  /** When its data came; 0: never. */
  readonly dataUpdatedAt: number
}

/** That what is shown is older than it looks: the last try to follow failed. */
export function NotRefreshed({ asked }: { readonly asked: readonly Following[] }) {
  const { t } = useTranslation()
  const old = asked.filter(({ data, error }) => data !== undefined && isFailed(error))
  if (old.length === 0) return null
  const since = Math.min(...old.map(({ dataUpdatedAt }) => dataUpdatedAt))
  return (
    <p className={classes.old} role="status">
      {t('state.notRefreshed')} <Moment at={new Date(since).toISOString()} as="clock" />
    </p>
  )
}

/** Why nothing is there, also while it is asked for once more: what follows by itself does not flicker with every try. */
export function useLastFailure(error: unknown, isThere: boolean): unknown {
  const last = useRef<unknown>(null)
  if (isThere) last.current = null
  else if (isFailed(error)) last.current = error
  return last.current
}

const isFailed = (error: unknown): boolean => error !== null && error !== undefined

export interface Asked<T> {
  readonly data: T | undefined
  readonly error: unknown
  readonly refetch: () => unknown
  readonly dataUpdatedAt?: number
  /** That a further page of a list did not come is told where it was asked for. */
  readonly isFetchNextPageError?: boolean
}

export interface ReadProps<T> {
  readonly asked: Asked<T>
  /** Of the skeleton. */
  readonly lines: number
  /** Asked for again and again while it is in sight. */
  readonly isFollowed?: boolean
  /** What this page offers besides, where it failed. */
  readonly actions?: ReactNode
  readonly children: (data: T) => ReactNode
}

export function Read<T>({ asked, lines, isFollowed = false, actions, children }: ReadProps<T>) {
  const { data, error, refetch, dataUpdatedAt = 0, isFetchNextPageError = false } = asked
  const last = useLastFailure(error, data !== undefined)
  const failure = isFollowed ? last : error
  const panel = isFailed(failure) && (
    <ErrorPanel error={failure} onRetry={() => void refetch()}>
      {actions}
    </ErrorPanel>
  )
  if (data === undefined) return panel || <Loading lines={lines} />
  return (
    <>
      {isFollowed ? (
        <NotRefreshed asked={[{ data, error, dataUpdatedAt }]} />
      ) : (
        !isFetchNextPageError && panel
      )}
      {children(data)}
    </>
  )
}

export interface MoreProps {
  readonly list: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly isFetchNextPageError: boolean
    readonly error: unknown
    readonly fetchNextPage: () => unknown
  }
}

/** Asks for the next page of a list, if there is one. */
export function More({ list }: MoreProps) {
  const { t } = useTranslation()
  if (!list.hasNextPage) return null
  return (
    <>
      {list.isFetchNextPageError && <ErrorPanel error={list.error} />}
      <p className={classes.more}>
        <Button
          variant="default"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {t('state.more')}
        </Button>
      </p>
    </>
  )
}
