// The frame of every screen of the store.

import { Outlet, useRouterState } from '@tanstack/react-router'
import { useCallback, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useLiveEvents } from '../../ui/live/live.tsx'
import type { LiveEvent } from '../../ui/live/socket.ts'
import { useAnnounce } from '../../ui/parts/announcer.tsx'
import { Mark, Shell } from '../../ui/shell/shell.tsx'
import { Footer } from './footer.tsx'
import classes from './frame.module.css'
import { Places } from './places.tsx'
import { Side } from './side.tsx'

/** After a change of screen the keyboard and the screen reader begin at the content, as after a load. */
function useFocusOnChange(): void {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  const isFirst = useRef(true)
  useEffect(() => {
    if (path === undefined) return
    if (isFirst.current) isFirst.current = false
    else document.getElementById('content')?.focus({ preventScroll: true })
  }, [path])
}

/** A game that arrives is said wherever the reader is. */
function useArrivals(): void {
  const { t } = useTranslation('store')
  const announce = useAnnounce()
  useLiveEvents(
    useCallback(
      ({ event, data }: LiveEvent) => {
        if (event.startsWith('library.') && typeof data.title === 'string')
          announce(t('library.arrived', { title: data.title }))
      },
      [announce, t],
    ),
  )
}

export function Frame() {
  useFocusOnChange()
  useArrivals()
  const name = (
    <a href="/store" className={classes.name}>
      <Mark />
      <span>Rialto</span>
    </a>
  )
  const { t } = useTranslation('store')
  return (
    <Shell
      name={name}
      placesLabel={t('place.main')}
      places={<Places />}
      side={<Side />}
      footer={<Footer />}
    >
      <Outlet />
    </Shell>
  )
}
