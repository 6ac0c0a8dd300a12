// How the platform stands now. Each number says how it is counted and leads to what it counts.

import type { showBus, showConformance } from '@rialto/contracts/observer/admin.ts'
import type { countOrders } from '@rialto/contracts/orders/admin.ts'
import type { countPayments } from '@rialto/contracts/payments/admin.ts'
import type { SuccessOf } from '@rialto/kernel/pure/client.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { tagOf } from '../../ui/format/money.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { useNow } from '../../ui/parts/moment.tsx'
import { Money } from '../../ui/parts/money.tsx'
import { type Asked, type Following, NotRefreshed, useLastFailure } from '../../ui/parts/read.tsx'
import { Loading } from '../../ui/parts/states.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import {
  busQuery,
  conformanceQuery,
  newestOrdersQuery,
  type OrderRow,
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
  /** What it counts; left out where no list shows just that. */
  readonly to?: string
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
        {to === undefined ? (
          value
        ) : (
          <Go to={to} search={search}>
            {value ?? '—'}
          </Go>
        )}{' '}
        <small>{beside}</small>
      </p>
      <p className={classes.how}>{how}</p>
    </section>
  )
}

interface CardsOf<T> {
  readonly since: string
  readonly data: T | undefined
}

function OrderCards({ since, data }: CardsOf<SuccessOf<typeof countOrders>>) {
  const { t } = useTranslation('console')
  const language = useLanguage()
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

function PaymentCards({ since, data }: CardsOf<SuccessOf<typeof countPayments>>) {
  const { t } = useTranslation('console')
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
          value={data.reviews}
          isBad
        />
      )}
    </>
  )
}

interface BusCardsProps {
  readonly data: SuccessOf<typeof showBus> | undefined
  readonly conformance: SuccessOf<typeof showConformance> | undefined
}

function BusCards({ data, conformance }: BusCardsProps) {
  const { t } = useTranslation('console')
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
        search={{ verdict: 'deviates', period: 'today' }}
        value={deviating}
        isBad={(deviating ?? 0) > 0}
      />
    </>
  )
}

const LATEST = 8

function Latest({ orders }: { readonly orders: readonly OrderRow[] }) {
  const { t } = useTranslation('console')
  const columns = useOrderColumns()
  return (
    <>
      <h2 className={classes.section}>{t('overview.latest')}</h2>
      {orders.length === 0 ? (
        <p className={classes.soft}>{t('orders.none')}</p>
      ) : (
        <Table
          label={t('overview.latest')}
          columns={columns}
          rows={orders.slice(0, LATEST)}
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

/** What could not be read has a dash, and one word for all of it; what is old says since when. */
function Failed({ asked }: { readonly asked: readonly (Following & Pick<Asked<0>, 'refetch'>)[] }) {
  const missing = asked.filter(({ data }) => data === undefined)
  const failed = missing.find(({ error }) => error !== null)
  const failure = useLastFailure(failed?.error, missing.length === 0)
  const again = (): void => void Promise.all(missing.map(({ refetch }) => refetch()))
  return (
    <>
      {failure !== null && <ErrorPanel error={failure} onRetry={again} />}
      <NotRefreshed asked={asked} />
    </>
  )
}

export function Overview() {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const since = sinceOf('today', useNow(MINUTE))
  const orders = useQuery(orderFiguresQuery(api, since))
  const payments = useQuery(paymentFiguresQuery(api, since))
  const bus = useQuery(busQuery(api))
  const conformance = useQuery(conformanceQuery(api, since))
  const latest = useQuery(newestOrdersQuery(api, {}))
  return (
    <Page title={t('overview.title')} intro={t('overview.today')}>
      <Failed asked={[orders, payments, bus, conformance, latest]} />
      <div className={classes.cards}>
        <OrderCards since={since} data={orders.data} />
        <PaymentCards since={since} data={payments.data} />
        <BusCards data={bus.data} conformance={conformance.data} />
      </div>
      {latest.data !== undefined && <Latest orders={latest.data.items} />}
      {latest.data === undefined && latest.error === null && <Loading lines={4} />}
    </Page>
  )
}
