// The history of orders: a table where there is room, cards on a phone.

import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Money } from '../../ui/parts/money.tsx'
import { More, Read } from '../../ui/parts/read.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import { type Order, ordersQuery } from '../data/queries.ts'
import { SignedIn } from '../frame/guard.tsx'
import { Page } from '../frame/page.tsx'
import { Pill } from '../order/pill.tsx'
import classes from './owned.module.css'

function useTitle(): (order: Order) => string {
  const { t } = useTranslation('store')
  return ({ items }) => {
    const [first, ...rest] = items
    const title = first?.title ?? ''
    return rest.length === 0 ? title : `${title} ${t('orders.more', { count: rest.length })}`
  }
}

function Row({ order }: { readonly order: Order }) {
  const titleOf = useTitle()
  const { t } = useTranslation('store')
  return (
    <tr>
      <td data-label={t('orders.date')}>
        <Moment at={order.created_at} />
      </td>
      <td data-label={t('orders.what')}>
        <Link
          to="/orders/$orderId"
          params={{ orderId: order.order_id }}
          className={classes.title ?? ''}
        >
          {titleOf(order)}
        </Link>
      </td>
      <td data-label={t('orders.sum')} className={classes.money}>
        <Money amount={order.total_amount} currency={order.currency} />
      </td>
      <td data-label={t('orders.state')}>
        <Pill status={order.status} />
      </td>
    </tr>
  )
}

function Table({ orders }: { readonly orders: readonly Order[] }) {
  const { t } = useTranslation('store')
  if (orders.length === 0)
    return (
      <Empty title={t('orders.empty')} text={t('orders.emptyText')}>
        <Button renderRoot={(props) => <Link to="/" {...props} />}>{t('cart.toShop')}</Button>
      </Empty>
    )
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">{t('orders.date')}</th>
          <th scope="col">{t('orders.what')}</th>
          <th scope="col" className={classes.money}>
            {t('orders.sum')}
          </th>
          <th scope="col">{t('orders.state')}</th>
        </tr>
      </thead>
      <tbody>
        {orders.map((order) => (
          <Row key={order.order_id} order={order} />
        ))}
      </tbody>
    </table>
  )
}

function List() {
  const { api } = useFoundation()
  const list = useInfiniteQuery(ordersQuery(api))
  return (
    <Read asked={list} lines={6}>
      {({ pages }) => (
        <>
          <Table orders={pages.flatMap(({ items }) => items)} />
          <More list={list} />
        </>
      )}
    </Read>
  )
}

export function Orders() {
  const { t } = useTranslation('store')
  return (
    <SignedIn>
      <Page title={t('orders.title')}>
        <List />
      </Page>
    </SignedIn>
  )
}
