// The frame of every screen of the store.

import { Outlet, useRouterState } from '@tanstack/react-router'
import { useCallback, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { useLiveEvents } from '../../ui/live/live.tsx'
import type { LiveEvent } from '../../ui/live/socket.ts'
import { useAnnounce } from '../../ui/parts/announcer.tsx'
import { Mark, Shell } from '../../ui/shell/shell.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import { productQuery } from '../data/queries.ts'
import { useRegion } from '../data/region.ts'
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

/** A game that arrives is said wherever the reader is; the event names it by its id, the catalogue by its title. */
function useArrivals(): void {
  const { t } = useTranslation('store')
  const announce = useAnnounce()
  const { api, queries } = useFoundation()
  const region = useRegion()
  const locale = useLanguage()
  // The library says by itself what comes to it.
  const isLibrary = useRouterState({
    select: (state) => state.location.pathname.endsWith('/library'),
  })
  useLiveEvents(
    useCallback(
      ({ event, data }: LiveEvent) => {
        const { product_id: id } = data
        if (isLibrary || !event.startsWith('library.') || typeof id !== 'string') return
        queries.fetchQuery(productQuery(api, id, { region, locale })).then(
          ({ title }) => announce(t('library.arrived', { title })),
          // A game that cannot be named is not announced; the library has it all the same.
          () => undefined,
        )
      },
      [announce, t, api, queries, region, locale, isLibrary],
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
