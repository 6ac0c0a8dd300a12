// What happened to an order: every state that anything of it moved to, and every event that told of it, with its time.

import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { flowQuery } from '../../ui/diagram/record.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Read } from '../../ui/parts/read.tsx'
import type { Examined } from '../data/queries.ts'
import classes from '../parts/parts.module.css'
import { ShortId } from '../parts/table.tsx'

function Absorbed({ examined }: { readonly examined: Examined }) {
  const { t } = useTranslation('console')
  if (examined.absorbed.length === 0) return null
  return (
    <section>
      <h2 className={classes.section}>{t('order.absorbed')}</h2>
      <p className={classes.soft}>{t('order.absorbedText')}</p>
      <ul className={classes.timeline}>
        {examined.absorbed.map((one) => (
          <li key={one.event_id}>
            <Moment at={one.at} as="clock" on={examined.order.created_at} />
            <span>{one.reason}</span>
            <code>
              {one.event} <ShortId id={one.transaction_id} />
            </code>
          </li>
        ))}
      </ul>
    </section>
  )
}

export function Timeline({ examined }: { readonly examined: Examined }) {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const { order } = examined
  const flow = useQuery(flowQuery(api, order.order_id))
  return (
    <>
      <Read asked={flow} lines={8} isFollowed>
        {(data) => {
          const shown = (data?.interactions ?? []).filter(
            ({ kind }) => kind === 'step' || kind === 'publish',
          )
          if (shown.length === 0) return <p className={classes.soft}>{t('order.timelineEmpty')}</p>
          return (
            <ol className={classes.timeline}>
              {shown.map(({ id, kind, name, from, at }) => (
                <li key={id} data-kind={kind}>
                  <Moment at={new Date(at).toISOString()} as="clock" on={order.created_at} />
                  <span className={classes.soft}>
                    {t(kind === 'step' ? 'order.step' : 'order.event')}
                  </span>
                  <code>
                    {name} · {from}
                  </code>
                </li>
              ))}
            </ol>
          )
        }}
      </Read>
      <Absorbed examined={examined} />
    </>
  )
}
