// The shop: all games, searched and filtered by what stands in the address.

import { Button } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { More, Read } from '../../ui/parts/read.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import { useCart } from '../data/cart.ts'
import { type Product, productsQuery } from '../data/queries.ts'
import { useRegion } from '../data/region.ts'
import { useOwned } from '../data/use-owned.ts'
import { Page } from '../frame/page.tsx'
import { Card } from './card.tsx'
import { Filters } from './filters.tsx'
import classes from './shop.module.css'

function useGenres(): string[] {
  const { api } = useFoundation()
  const whole = { region: useRegion(), locale: useLanguage() }
  const { data } = useInfiniteQuery(productsQuery(api, whole))
  return useMemo(() => {
    const all = data?.pages.flatMap(({ items }) => items.map(({ genre }) => genre)) ?? []
    return [...new Set(all)].sort()
  }, [data])
}

function Found({ products }: { readonly products: readonly Product[] }) {
  const owned = useOwned()
  const inCart = useCart()
  return (
    <ul className={classes.grid}>
      {products.map((product) => (
        <li key={product.product_id}>
          <Card
            product={product}
            isOwned={owned.has(product.product_id)}
            isInCart={inCart.includes(product.product_id)}
          />
        </li>
      ))}
    </ul>
  )
}

function Nothing() {
  const { t } = useTranslation('store')
  const { q } = useSearch({ from: '/' })
  const navigate = useNavigate({ from: '/' })
  const text = q === undefined ? t('shop.noneGenre') : t('shop.noneText', { what: q })
  return (
    <Empty title={t('shop.none')} text={text}>
      <Button onClick={() => void navigate({ search: {} })}>{t('shop.clear')}</Button>
    </Empty>
  )
}

function Results() {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  const { q, genre } = useSearch({ from: '/' })
  const wanted = { q, genre, region: useRegion(), locale: useLanguage() }
  const found = useInfiniteQuery({
    ...productsQuery(api, wanted),
    placeholderData: keepPreviousData,
  })
  return (
    <Read asked={found} lines={8}>
      {({ pages }) => {
        const products = pages.flatMap(({ items }) => items)
        return (
          <>
            <p className={classes.count} role="status">
              {t('shop.found', { count: products.length })}
            </p>
            {products.length === 0 ? <Nothing /> : <Found products={products} />}
            <More list={found} />
          </>
        )
      }}
    </Read>
  )
}

export function Shop() {
  const { t } = useTranslation('store')
  return (
    <Page title={t('shop.title')}>
      <p className={classes.lead}>{t('shop.lead')}</p>
      <Filters genres={useGenres()} />
      <Results />
    </Page>
  )
}
