import { exportOrders } from '@rialto/contracts/orders/admin.ts'
import { orderStates } from '@rialto/contracts/orders/states.ts'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Money } from '../../ui/parts/money.tsx'
import { newestOrdersQuery, type OrderRow, ordersQuery } from '../data/queries.ts'
import { Go, useAddress } from '../frame/address.tsx'
import { Page } from '../frame/page.tsx'
import { FilterForm } from '../parts/filter-form.tsx'
import { type Filter, queryOf, YES_OR_NO } from '../parts/filters.ts'
import { type Column, moodOf, Pill, ShortId } from '../parts/table.tsx'
import { List } from './list.tsx'
import { liveRows } from './live.ts'

type OrderStatus = OrderRow['status']
const STATES = Object.keys(orderStates.next)

const FILTERS: readonly Filter[] = [
  { name: 'order_id', kind: 'id', prefix: 'ord' },
  { name: 'status', kind: 'choice', choices: STATES },
  { name: 'paid', kind: 'choice', choices: YES_OR_NO },
  { name: 'user_id', kind: 'id', prefix: 'usr' },
  { name: 'product_id', kind: 'id', prefix: 'prd' },
  { name: 'from', kind: 'day' },
  { name: 'to', kind: 'day' },
  { name: 'amount_min', kind: 'amount' },
  { name: 'amount_max', kind: 'amount' },
]

const LABELS = {
  order_id: 'filter.order',
  status: 'filter.status',
  paid: 'filter.paid',
  user_id: 'filter.user',
  product_id: 'filter.product',
  from: 'filter.from',
  to: 'filter.to',
  amount_min: 'filter.min',
  amount_max: 'filter.max',
} as const

export function useOrderColumns(): Column<OrderRow>[] {
  const { t } = useTranslation('console')
  return [
    {
      name: t('filter.order'),
      cell: ({ order_id: id }) => (
        <Go to={`/orders/${id}`} data-row>
          <ShortId id={id} />
        </Go>
      ),
    },
    {
      name: t('orders.what'),
      cell: ({ title, lines }) =>
        lines > 1 ? `${title} ${t('orders.more', { count: lines - 1 })}` : title,
    },
    { name: t('orders.placed'), cell: ({ created_at: at }) => <Moment at={at} /> },
    {
      name: t('orders.buyer'),
      cell: ({ user_id: id }) => (
        <Go to="/orders" search={{ user_id: id }}>
          <ShortId id={id} />
        </Go>
      ),
    },
    {
      name: t('orders.sum'),
      isNumber: true,
      cell: ({ total_amount: amount, currency }) => <Money amount={amount} currency={currency} />,
    },
    {
      name: t('filter.status'),
      cell: ({ status }) => <Pill mood={moodOf(status)}>{t(`orders.status.${status}`)}</Pill>,
    },
  ]
}

export function Orders() {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const query = queryOf(FILTERS, useAddress())
  const list = useInfiniteQuery(ordersQuery(api, query))
  const newest = useQuery(newestOrdersQuery(api, query))
  const live = liveRows(list, newest, (row) => row.order_id)
  const columns = useOrderColumns()
  return (
    <Page title={t('orders.title')}>
      <FilterForm
        filters={FILTERS}
        label={({ name }) => t(LABELS[name as keyof typeof LABELS])}
        choice={({ name }, value) =>
          name === 'paid'
            ? t(value === 'yes' ? 'filter.yes' : 'filter.no')
            : t(`orders.status.${value as OrderStatus}`)
        }
      />
      <List
        label={t('orders.title')}
        filters={FILTERS}
        columns={columns}
        {...live}
        none={t('orders.none')}
        csv={{ name: 'orders.csv', ask: () => api.call(exportOrders, { query }) }}
      />
    </Page>
  )
}
