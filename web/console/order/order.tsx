// One order with everything that is known of it. Which view is open stands in the address.

import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { Copyable } from '../../ui/parts/copyable.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Money } from '../../ui/parts/money.tsx'
import { Read } from '../../ui/parts/read.tsx'
import { Loading } from '../../ui/parts/states.tsx'
import { type Examined, orderQuery } from '../data/queries.ts'
import { Go, useAddress, useParam } from '../frame/address.tsx'
import { Page } from '../frame/page.tsx'
import { Json } from '../parts/json.tsx'
import classes from '../parts/parts.module.css'
import { moodOf, Pill } from '../parts/table.tsx'
import { EventsOf } from './events-of.tsx'
import { PaymentsOf } from './payments-of.tsx'
import { ReceiptOf } from './receipt-of.tsx'
import { Timeline } from './timeline.tsx'

const DiagramOf = lazy(async () => ({ default: (await import('./diagram-of.tsx')).DiagramOf }))

const TABS = ['timeline', 'diagram', 'payments', 'receipt', 'events', 'raw'] as const
type Tab = (typeof TABS)[number]

const isTab = (text: string | undefined): text is Tab => TABS.some((tab) => tab === text)

function Facts({ examined }: { readonly examined: Examined }) {
  const { t } = useTranslation('console')
  const { order, region, fulfilled_at: fulfilledAt } = examined
  const facts: [string, ReactNode][] = [
    [t('orders.sum'), <Money key="sum" amount={order.total_amount} currency={order.currency} />],
    [
      t('order.buyer'),
      <Go key="buyer" to="/orders" search={{ user_id: order.user_id }} className={classes.link}>
        {order.user_id}
      </Go>,
    ],
    [t('order.region'), region],
    [t('order.placed'), <Moment key="placed" at={order.created_at} as="full" />],
  ]
  if (order.completed_at !== undefined)
    facts.push([t('order.paid'), <Moment key="paid" at={order.completed_at} as="full" />])
  if (fulfilledAt !== undefined)
    facts.push([t('order.fulfilled'), <Moment key="fulfilled" at={fulfilledAt} as="full" />])
  if (order.ended_reason !== undefined) facts.push([t('order.reason'), order.ended_reason])
  facts.push([t('order.lines'), order.items.map(({ title }) => title).join(', ')])
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function View({ tab, examined }: { readonly tab: Tab; readonly examined: Examined }) {
  const { t } = useTranslation('console')
  const { order_id: orderId } = examined.order
  switch (tab) {
    case 'timeline':
      return <Timeline examined={examined} />
    case 'diagram':
      return (
        <Suspense fallback={<Loading lines={8} />}>
          <DiagramOf orderId={orderId} />
        </Suspense>
      )
    case 'payments':
      return <PaymentsOf orderId={orderId} />
    case 'receipt':
      return <ReceiptOf order={examined.order} />
    case 'events':
      return <EventsOf orderId={orderId} on={examined.order.created_at} />
    case 'raw':
      return <Json value={examined} label={t('order.raw')} />
  }
}

function Tabs({ tab, orderId }: { readonly tab: Tab; readonly orderId: string }) {
  const { t } = useTranslation('console')
  return (
    <nav className={classes.tabs} aria-label={t('order.tabs')}>
      {TABS.map((one) => (
        <Go
          key={one}
          to={`/orders/${orderId}`}
          search={{ tab: one }}
          className={classes.tab}
          aria-current={one === tab ? 'page' : undefined}
          resetScroll={false}
        >
          {t(`order.${one}`)}
        </Go>
      ))}
    </nav>
  )
}

export function OrderPage() {
  const { t } = useTranslation('console')
  const orderId = useParam('orderId')
  const asked = useAddress().tab
  const tab = isTab(asked) ? asked : 'timeline'
  const { api } = useFoundation()
  const order = useQuery(orderQuery(api, orderId))
  const status = order.data?.order.status
  const [first] = order.data?.order.items ?? []
  const title = first === undefined ? t('order.title') : `${t('order.title')}: ${first.title}`
  return (
    <Page
      title={title}
      aside={
        status !== undefined && <Pill mood={moodOf(status)}>{t(`orders.status.${status}`)}</Pill>
      }
    >
      <p>
        <Copyable label={t('filter.order')} text={orderId} />
      </p>
      <Read asked={order} lines={8} isFollowed>
        {(examined) => (
          <>
            <Facts examined={examined} />
            <Tabs tab={tab} orderId={orderId} />
            <View tab={tab} examined={examined} />
          </>
        )}
      </Read>
    </Page>
  )
}
