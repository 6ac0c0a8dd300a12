// The log as it grows. Paused, it stays as it is.

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Read } from '../../ui/parts/read.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import { eventsQuery, type LoggedEvent } from '../data/queries.ts'
import { useAddress } from '../frame/address.tsx'
import { Page } from '../frame/page.tsx'
import { FilterForm } from '../parts/filter-form.tsx'
import { type Filter, hasFilter, queryOf } from '../parts/filters.ts'
import classes from '../parts/parts.module.css'
import { EventBody } from './event-body.tsx'

const FILTERS: readonly Filter[] = [
  { name: 'type', kind: 'text' },
  { name: 'key', kind: 'text' },
  { name: 'flow', kind: 'text' },
  { name: 'topic', kind: 'text' },
  { name: 'event_id', kind: 'text' },
]

const LABELS = {
  type: 'filter.type',
  key: 'filter.key',
  flow: 'filter.flow',
  topic: 'filter.topic',
  event_id: 'filter.event',
} as const

function Entry({ event }: { readonly event: LoggedEvent }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details
      className={classes.entry}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary data-row>
        <Moment at={event.appended_at} as="clock" />
        <code>{event.type}</code>
        <span className={classes.soft}>{event.key}</span>
      </summary>
      {isOpen && (
        <div className={classes.entryBody}>
          <EventBody event={event} />
        </div>
      )}
    </details>
  )
}

export function Events() {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const [isPaused, setPaused] = useState(false)
  const address = useAddress()
  const events = useQuery(eventsQuery(api, queryOf(FILTERS, address), isPaused))
  const { data, error } = events
  const isFiltered = hasFilter(FILTERS, address)
  return (
    <Page title={t('events.title')} intro={t('events.intro')}>
      <FilterForm filters={FILTERS} label={({ name }) => t(LABELS[name as keyof typeof LABELS])} />
      <div className={classes.bar}>
        {/* That they are not refreshed is said above them. */}
        {(isPaused || error === null) && (
          <span className={classes.soft} role="status">
            {isPaused ? t('list.paused') : t('list.live')}
          </span>
        )}
        <Button variant="default" onClick={() => setPaused(!isPaused)}>
          {isPaused ? t('list.resume') : t('list.pause')}
        </Button>
        {data?.looked_back !== undefined && (
          <span className={classes.soft}>{t('events.looked', { count: data.looked_back })}</span>
        )}
      </div>
      <Read asked={events} lines={8} isFollowed>
        {({ items }) =>
          items.length === 0 ? (
            <Empty
              title={isFiltered ? t('list.empty') : t('list.none')}
              text={isFiltered ? t('list.emptyText') : t('events.none')}
            />
          ) : (
            items.map((event) => <Entry key={event.event_id} event={event} />)
          )
        }
      </Read>
    </Page>
  )
}
