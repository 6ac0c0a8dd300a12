import { exportPayments } from '@rialto/contracts/payments/admin.ts'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Money } from '../../ui/parts/money.tsx'
import { newestPaymentsQuery, type PaymentRow, paymentsQuery } from '../data/queries.ts'
import { Go, useAddress } from '../frame/address.tsx'
import { Page } from '../frame/page.tsx'
import { FilterForm } from '../parts/filter-form.tsx'
import { type Filter, queryOf, YES_OR_NO } from '../parts/filters.ts'
import { type Column, moodOf, Pill, ShortId } from '../parts/table.tsx'
import { List } from './list.tsx'
import { liveRows } from './live.ts'

const STATES = [
  ...(['created', 'pending_psp_redirect', 'processing', 'authorized', 'completed'] as const),
  ...(['failed', 'canceled', 'partially_refunded', 'refunded'] as const),
]

const FILTERS: readonly Filter[] = [
  { name: 'transaction_id', kind: 'id', prefix: 'pay' },
  { name: 'order_id', kind: 'id', prefix: 'ord' },
  { name: 'status', kind: 'choice', choices: STATES },
  { name: 'provider', kind: 'text' },
  { name: 'method', kind: 'text' },
  { name: 'user_id', kind: 'id', prefix: 'usr' },
  { name: 'late', kind: 'choice', choices: YES_OR_NO },
  { name: 'from', kind: 'day' },
  { name: 'to', kind: 'day' },
  { name: 'amount_min', kind: 'amount' },
  { name: 'amount_max', kind: 'amount' },
]

const LABELS = {
  transaction_id: 'filter.payment',
  order_id: 'filter.order',
  status: 'filter.status',
  provider: 'filter.provider',
  method: 'filter.method',
  user_id: 'filter.user',
  late: 'filter.late',
  from: 'filter.from',
  to: 'filter.to',
  amount_min: 'filter.min',
  amount_max: 'filter.max',
} as const

function useColumns(): Column<PaymentRow>[] {
  const { t } = useTranslation('console')
  return [
    {
      name: t('filter.payment'),
      cell: ({ transaction_id: id, order_id: orderId }) => (
        <Go to={`/orders/${orderId}`} search={{ tab: 'payments' }} data-row>
          <ShortId id={id} />
        </Go>
      ),
    },
    {
      name: t('payments.order'),
      cell: ({ order_id: id }) => (
        <Go to={`/orders/${id}`}>
          <ShortId id={id} />
        </Go>
      ),
    },
    { name: t('payments.made'), cell: ({ created_at: at }) => <Moment at={at} /> },
    {
      name: t('payments.way'),
      cell: ({ provider, method }) => [provider, method].filter(Boolean).join(', ') || '—',
    },
    {
      name: t('orders.sum'),
      isNumber: true,
      cell: ({ amount, currency }) => <Money amount={amount} currency={currency} />,
    },
    {
      name: t('filter.status'),
      cell: ({ status, late, failure_reason: reason }) => (
        <>
          <Pill mood={moodOf(status)}>{t(`payments.status.${status}`)}</Pill>{' '}
          {late && <Pill mood="bad">{t('payments.late')}</Pill>} {reason}
        </>
      ),
    },
  ]
}

export function Payments() {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const query = queryOf(FILTERS, useAddress())
  const list = useInfiniteQuery(paymentsQuery(api, query))
  const newest = useQuery(newestPaymentsQuery(api, query))
  const live = liveRows(list, newest, (row) => row.transaction_id)
  return (
    <Page title={t('payments.title')}>
      <FilterForm
        filters={FILTERS}
        label={({ name }) => t(LABELS[name as keyof typeof LABELS])}
        choice={({ name }, value) =>
          name === 'late'
            ? t(value === 'yes' ? 'filter.yes' : 'filter.no')
            : t(`payments.status.${value as (typeof STATES)[number]}`)
        }
      />
      <List
        label={t('payments.title')}
        filters={FILTERS}
        columns={useColumns()}
        {...live}
        none={t('payments.none')}
        csv={{ name: 'payments.csv', ask: () => api.call(exportPayments, { query }) }}
      />
    </Page>
  )
}
