// The living diagram of an order. Of a message that is an event of the log, its headers and its whole data are shown too.

import type { AlignedRow } from '@rialto/flows/checker/align.ts'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { LivingDiagram } from '../../ui/diagram/diagram.tsx'
import { flowQuery } from '../../ui/diagram/record.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { Read } from '../../ui/parts/read.tsx'
import { Loading } from '../../ui/parts/states.tsx'
import { eventQuery } from '../data/queries.ts'
import { useAddress, useGo } from '../frame/address.tsx'
import { Json } from '../parts/json.tsx'
import classes from '../parts/parts.module.css'

function LoggedEvent({ id, type }: { readonly id: string; readonly type: string }) {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const { data, error } = useQuery(eventQuery(api, { id, type }))
  if (error !== null) return <ErrorPanel error={error} />
  if (data === undefined) return <Loading lines={3} />
  if (data === null) return <p className={classes.soft}>{t('order.notInLog')}</p>
  const { topic, partition, offset, headers } = data
  return (
    <>
      <h3>{t('order.eventOf')}</h3>
      <p className={classes.soft}>{t('events.place', { topic, partition, offset })}</p>
      <h3>{t('order.headers')}</h3>
      <Json value={headers} label={t('order.headers')} />
      <h3>{t('order.data')}</h3>
      <Json value={data.data} label={t('order.data')} />
    </>
  )
}

/** A consumption is the delivery of its event, so both show the same. */
function detailsOf({ seen }: AlignedRow) {
  if (seen === undefined) return null
  if (seen.kind === 'publish') return <LoggedEvent id={seen.id} type={seen.name} />
  if (seen.kind === 'consume' && seen.parent !== undefined)
    return <LoggedEvent id={seen.parent} type={seen.name} />
  return null
}

export function DiagramOf({ orderId }: { readonly orderId: string }) {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const address = useAddress()
  const go = useGo()
  const flow = useQuery(flowQuery(api, orderId))
  const onMessage = (m: string | undefined): void =>
    go({ search: { ...address, m }, replace: true, resetScroll: false })
  return (
    <Read asked={flow} lines={8} isFollowed>
      {(data) =>
        data === null ? (
          <p className={classes.soft}>{t('order.noRecord')}</p>
        ) : (
          <LivingDiagram
            record={data}
            message={address.m}
            onMessage={onMessage}
            details={detailsOf}
          />
        )
      }
    </Read>
  )
}
