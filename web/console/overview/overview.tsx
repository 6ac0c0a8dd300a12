// How the platform stands now. Each number says how it is counted and leads to what it counts.

import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { browserClock } from '../../ui/clock.ts'
import { tagOf } from '../../ui/format/money.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { Money } from '../../ui/parts/money.tsx'
import { Loading } from '../../ui/parts/states.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import {
  busQuery,
  conformanceQuery,
  newestOrdersQuery,
  orderFiguresQuery,
  paymentFiguresQuery,
} from '../data/queries.ts'
import { Go, type Search } from '../frame/address.tsx'
import { Page } from '../frame/page.tsx'
import { useOrderColumns } from '../lists/orders.tsx'
import classes from '../parts/parts.module.css'
import { Table } from '../parts/table.tsx'
import { dayOf, sinceOf, successRate } from './since.ts'

interface CardProps {
  readonly title: string
  readonly how: string
  readonly to: string
  readonly search?: Search
  readonly value: ReactNode
  readonly beside?: ReactNode
  readonly isBad?: boolean
}

function Card({ title, how, to, search = {}, value, beside, isBad }: CardProps) {
  return (
    <section className={classes.card}>
      <h2>{title}</h2>
      <p className={classes.figure} data-mood={isBad === true ? 'bad' : undefined}>
        <Go to={to} search={search}>
          {value ?? '—'}
        </Go>{' '}
        <small>{beside}</small>
      </p>
      <p className={classes.how}>{how}</p>
    </section>
  )
}

function OrderCards({ since }: { readonly since: string }) {
  const { t } = useTranslation('console')
  const language = useLanguage()
  const { api } = useFoundation()
  const { data } = useQuery(orderFiguresQuery(api, since))
  const from = dayOf(since)
  const rate = data === undefined ? undefined : successRate(data)
  const percent = new Intl.NumberFormat(tagOf(language), {
    ...({ style: 'percent', maximumFractionDigits: 1 } as const),
  })
  return (
    <>
      <Card
        title={t('overview.paid')}
        how={t('overview.paidHow')}
        to="/orders"
        search={{ from, paid: 'yes' }}
        value={data?.paid}
        beside={data === undefined ? null : t('overview.placed', { count: data.placed })}
      />
      <Card
        title={t('overview.revenue')}
        how={t('overview.revenueHow')}
        to="/orders"
        search={{ from, paid: 'yes' }}
        value={
          data === undefined || data.revenue.length === 0
            ? undefined
            : data.revenue.map(({ currency, amount }) => (
                <span key={currency}>
                  <Money amount={amount} currency={currency} />{' '}
                </span>
              ))
        }
      />
      <Card
        title={t('overview.success')}
        how={t('overview.successHow')}
        to="/orders"
        search={{ from }}
        value={rate === undefined ? undefined : percent.format(rate)}
      />
    </>
  )
}

function PaymentCards({ since }: { readonly since: string }) {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const { data } = useQuery(paymentFiguresQuery(api, since))
  const from = dayOf(since)
  const of = (wanted: string): number =>
    (data?.groups ?? [])
      .filter(({ status }) => status === wanted)
      .reduce((sum, { count }) => sum + count, 0)
  return (
    <>
      <Card
        title={t('overview.failures')}
        how={t('overview.failuresHow')}
        to="/payments"
        search={{ from, status: 'failed' }}
        value={data === undefined ? undefined : of('failed')}
        beside={
          data === undefined ? null : (
            <Go to="/payments" search={{ from, status: 'canceled' }}>
              {t('overview.unpaid', { count: of('canceled') })}
            </Go>
          )
        }
      />
      {data !== undefined && data.reviews > 0 && (
        <Card
          title={t('overview.reviews')}
          how={t('overview.reviewsHow')}
          to="/payments"
          value={data.reviews}
          isBad
        />
      )}
    </>
  )
}

function BusCards({ since }: { readonly since: string }) {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const { data } = useQuery(busQuery(api))
  const conformance = useQuery(conformanceQuery(api, since)).data
  const sum = (of: 'lag' | 'dead_letters'): number | undefined =>
    data?.groups.reduce((all, group) => all + group[of], 0)
  const oldest = Math.round(Math.max(0, ...(data?.groups.map((g) => g.lag_seconds) ?? [])))
  const deviating = conformance?.diagrams.reduce((all, one) => all + one.deviates, 0)
  return (
    <>
      <Card
        title={t('overview.letters')}
        how={t('overview.lettersHow')}
        to="/dead-letters"
        value={sum('dead_letters')}
        isBad={(sum('dead_letters') ?? 0) > 0}
      />
      <Card
        title={t('overview.lag')}
        how={t('overview.lagHow')}
        to="/events"
        value={sum('lag')}
        beside={oldest > 0 ? t('overview.seconds', { count: oldest }) : null}
      />
      <Card
        title={t('overview.deviations')}
        how={t('overview.deviationsHow')}
        to="/conformance"
        search={{ verdict: 'deviates' }}
        value={deviating}
        isBad={(deviating ?? 0) > 0}
      />
    </>
  )
}

const LATEST = 8

function Latest() {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const { data } = useQuery(newestOrdersQuery(api, {}))
  const columns = useOrderColumns()
  return (
    <>
      <h2 className={classes.section}>{t('overview.latest')}</h2>
      {data === undefined ? (
        <Loading lines={4} />
      ) : data.items.length === 0 ? (
        <p className={classes.soft}>{t('orders.none')}</p>
      ) : (
        <Table
          label={t('overview.latest')}
          columns={columns}
          rows={data.items.slice(0, LATEST)}
          keyOf={(row) => row.order_id}
        />
      )}
      <p>
        <Go to="/orders" className={classes.link}>
          {t('overview.all')}
        </Go>
      </p>
    </>
  )
}

export function Overview() {
  const { t } = useTranslation('console')
  const since = sinceOf('today', browserClock.now())
  return (
    <Page title={t('overview.title')} intro={t('overview.today')}>
      <div className={classes.cards}>
        <OrderCards since={since} />
        <PaymentCards since={since} />
        <BusCards since={since} />
      </div>
      <Latest />
    </Page>
  )
}
