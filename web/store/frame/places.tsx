import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { Icon } from '../../ui/shell/icon.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import { useCart } from '../data/cart.ts'
import { noticesQuery } from '../data/queries.ts'
import classes from './frame.module.css'

interface CountProps {
  readonly count: number
  /** The same in words, for who does not see where the number stands. */
  readonly words: string
}

function Count({ count, words }: CountProps) {
  if (count === 0) return null
  return (
    <>
      <span className={classes.count} aria-hidden="true">
        {count}
      </span>
      <span className={classes.hidden}>, {words}</span>
    </>
  )
}

function News() {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  const { data } = useInfiniteQuery(noticesQuery(api, useLanguage()))
  const unread = data?.pages[0]?.unread ?? 0
  return (
    <Link to="/news" className={classes.place ?? ''}>
      <Icon name="bell" />
      {t('place.news')}
      <Count count={unread} words={t('place.newsCount', { count: unread })} />
    </Link>
  )
}

/** The places of the store; those of a person only when one is signed in. */
export function Places() {
  const { t } = useTranslation('store')
  const { session } = useFoundation()
  const inCart = useCart().length
  const place = classes.place ?? ''
  return (
    <>
      <Link to="/" className={place} activeOptions={{ exact: true, includeSearch: false }}>
        <Icon name="shop" />
        {t('place.shop')}
      </Link>
      {session !== undefined && (
        <>
          <Link to="/library" className={place}>
            <Icon name="library" />
            {t('place.library')}
          </Link>
          <Link to="/orders" className={place}>
            <Icon name="orders" />
            {t('place.orders')}
          </Link>
          <News />
        </>
      )}
      <Link to="/cart" className={place}>
        <Icon name="bag" />
        {t('place.cart')}
        <Count count={inCart} words={t('place.cartCount', { count: inCart })} />
      </Link>
    </>
  )
}
