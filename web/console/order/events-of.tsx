// The events of an order, as its record has them; each opens with what the log holds of it.

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { flowQuery } from '../../ui/diagram/record.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Read } from '../../ui/parts/read.tsx'
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
  const logged = useQuery(eventQuery(api, { id: event.id, type: event.name }))
  return (
    <Read asked={logged} lines={3}>
      {(data) =>
        data === null ? (
          <p className={classes.soft}>{t('order.notInLog')}</p>
        ) : (
          <EventBody event={data} />
        )
      }
    </Read>
  )
}

interface OfOrder {
  /** When the order was placed. */
  readonly on: string
}

function Entry({ event, on }: OfOrder & { readonly event: Published }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details
      className={classes.entry}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary data-row>
        <Moment at={new Date(event.at).toISOString()} as="clock" on={on} />
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

export function EventsOf({ orderId, on }: OfOrder & { readonly orderId: string }) {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const flow = useQuery(flowQuery(api, orderId))
  return (
    <Read asked={flow} lines={8} isFollowed>
      {(data) => {
        const events = (data?.interactions ?? []).filter(({ kind }) => kind === 'publish')
        if (events.length === 0) return <p className={classes.soft}>{t('order.noEvents')}</p>
        return events.map((event) => <Entry key={event.id} event={event} on={on} />)
      }}
    </Read>
  )
}
