// The events of an order, as its record has them; each opens with what the log holds of it.

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { flowQuery } from '../../ui/diagram/record.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Loading } from '../../ui/parts/states.tsx'
import { eventQuery } from '../data/queries.ts'
import { EventBody } from '../log/event-body.tsx'
import classes from '../parts/parts.module.css'

interface Published {
  readonly id: string
  readonly name: string
  readonly from: string
  readonly at: number
}

function Body({ event }: { readonly event: Published }) {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const { data } = useQuery(eventQuery(api, { id: event.id, type: event.name }))
  if (data === undefined) return <Loading lines={3} />
  if (data === null) return <p className={classes.soft}>{t('order.notInLog')}</p>
  return <EventBody event={data} />
}

function Entry({ event }: { readonly event: Published }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details
      className={classes.entry}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary data-row>
        <Moment at={new Date(event.at).toISOString()} as="clock" />
        <code>{event.name}</code>
        <span className={classes.soft}>{event.from}</span>
      </summary>
      {isOpen && (
        <div className={classes.entryBody}>
          <Body event={event} />
        </div>
      )}
    </details>
  )
}

export function EventsOf({ orderId }: { readonly orderId: string }) {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const { data } = useQuery(flowQuery(api, orderId))
  if (data === undefined) return <Loading lines={8} />
  const events = (data?.interactions ?? []).filter(({ kind }) => kind === 'publish')
  if (events.length === 0) return <p className={classes.soft}>{t('order.noEvents')}</p>
  return events.map((event) => <Entry key={event.id} event={event} />)
}
