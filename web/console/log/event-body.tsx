import { useTranslation } from 'react-i18next'
import { Copyable } from '../../ui/parts/copyable.tsx'
import type { LoggedEvent } from '../data/queries.ts'
import { Go } from '../frame/address.tsx'
import { Json } from '../parts/json.tsx'
import classes from '../parts/parts.module.css'

const flowOf = ({ headers }: LoggedEvent): string | undefined => {
  const { flow } = headers as { flow?: unknown }
  return typeof flow === 'string' && flow.startsWith('ord_') ? flow : undefined
}

/** An event with its place in the log, its headers and its data. */
export function EventBody({ event }: { readonly event: LoggedEvent }) {
  const { t } = useTranslation('console')
  const { topic, partition, offset, headers } = event
  const flow = flowOf(event)
  return (
    <>
      <p className={classes.soft}>{t('events.place', { topic, partition, offset })}</p>
      <Copyable label={t('filter.event')} text={event.event_id} />{' '}
      <Copyable label={t('filter.key')} text={event.key} />{' '}
      {flow !== undefined && (
        <Go to={`/orders/${flow}`} search={{ tab: 'diagram' }} className={classes.link}>
          {t('events.toFlow')}
        </Go>
      )}
      <h2>{t('order.headers')}</h2>
      <Json value={headers} label={t('order.headers')} />
      <h2>{t('order.data')}</h2>
      <Json value={event.data} label={t('order.data')} />
    </>
  )
}
