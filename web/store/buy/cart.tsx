// The cart. What cannot be ordered is said at its line, with the one thing to do about it.

import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { useAnnounce } from '../../ui/parts/announcer.tsx'
import { Money } from '../../ui/parts/money.tsx'
import { Read } from '../../ui/parts/read.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import { cart, useCart } from '../data/cart.ts'
import { ordersQuery, type Product } from '../data/queries.ts'
import { useOwned } from '../data/use-owned.ts'
import { useProducts } from '../data/use-products.ts'
import { Page } from '../frame/page.tsx'
import { Cover } from '../shop/cover.tsx'
import { Price } from '../shop/price.tsx'
import classes from './buy.module.css'
import { type Sum, sumOf } from './sum.ts'

function useProblemOf(): (product: Product) => string | undefined {
  const { t } = useTranslation('store')
  const owned = useOwned()
  return (product) => {
    if (owned.has(product.product_id)) return t('cart.owned')
    return product.price === undefined ? t('cart.notSold') : undefined
  }
}

function Line({ product, problem }: { product: Product; problem: string | undefined }) {
  const { t } = useTranslation('store')
  const announce = useAnnounce()
  const { product_id: id, title } = product
  return (
    <li className={classes.line}>
      <div className={classes.thumb}>
        <Cover productId={id} />
      </div>
      <div className={classes.what}>
        <h2>
          <Link to="/games/$productId" params={{ productId: id }}>
            {title}
          </Link>
        </h2>
        {problem !== undefined && <p className={classes.problem}>{problem}</p>}
        <Button
          variant="subtle"
          size="compact-md"
          mih={36}
          onClick={() => {
            cart.remove(id)
            announce(t('cart.removed', { title }))
          }}
          aria-label={t('cart.remove', { title })}
        >
          {t('cart.removeShort')}
        </Button>
      </div>
      <div className={classes.price}>
        <Price product={product} />
      </div>
    </li>
  )
}

function Total({ sum, isBlocked }: { readonly sum: Sum; readonly isBlocked: boolean }) {
  const { t } = useTranslation('store')
  return (
    <div className={classes.total}>
      {sum.currency === undefined ? (
        <p className={classes.problem}>{t('cart.mixed')}</p>
      ) : (
        <p>
          {t('cart.total')}{' '}
          <strong>
            <Money amount={sum.amount} currency={sum.currency} />
          </strong>{' '}
          <small>{t('shop.vat')}</small>
        </p>
      )}
      <Button
        size="md"
        disabled={isBlocked}
        renderRoot={(props) =>
          isBlocked ? <button type="button" {...props} /> : <Link to="/checkout" {...props} />
        }
      >
        {t('cart.checkout')}
      </Button>
    </div>
  )
}

function Lines({ products }: { readonly products: readonly Product[] }) {
  const problemOf = useProblemOf()
  const sum = sumOf(products)
  const isBlocked = sum.currency === undefined || products.some((p) => problemOf(p) !== undefined)
  return (
    <>
      <ul className={classes.lines}>
        {products.map((product) => (
          <Line key={product.product_id} product={product} problem={problemOf(product)} />
        ))}
      </ul>
      <Total sum={sum} isBlocked={isBlocked} />
    </>
  )
}

function Filled({ ids }: { readonly ids: readonly string[] }) {
  const { t } = useTranslation('store')
  const clear = (
    <Button variant="subtle" color="red" onClick={cart.clear}>
      {t('cart.clear')}
    </Button>
  )
  return (
    <Read asked={useProducts(ids)} lines={ids.length * 2} actions={clear}>
      {(products) => <Lines products={products} />}
    </Read>
  )
}

/** What was in the cart may stand in an order that is not paid yet. */
function WaitingOrder() {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  const { data } = useInfiniteQuery(ordersQuery(api))
  const orders = data?.pages.flatMap(({ items }) => items) ?? []
  const open = orders.find(({ status }) => status === 'pending_payment')
  if (open === undefined) return null
  const { order_id: orderId } = open
  return (
    <p role="status">
      {t('cart.waiting')}{' '}
      <Link to="/orders/$orderId" params={{ orderId }}>
        {t('news.order')}
      </Link>
    </p>
  )
}

export function Cart() {
  const { t } = useTranslation('store')
  const { session } = useFoundation()
  const ids = useCart()
  return (
    <Page title={t('cart.title')}>
      {ids.length === 0 ? (
        <Empty title={t('cart.empty')} text={t('cart.emptyText')}>
          {session !== undefined && <WaitingOrder />}
          <Button renderRoot={(props) => <Link to="/" {...props} />}>{t('cart.toShop')}</Button>
        </Empty>
      ) : (
        <Filled ids={ids} />
      )}
    </Page>
  )
}
