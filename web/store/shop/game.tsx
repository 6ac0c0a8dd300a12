// A game: what it is, what it costs here, and how it gets into the cart.

import { Button } from '@mantine/core'
import { catalogProblems } from '@rialto/contracts/catalog/problems.ts'
import { hasReceipt } from '@rialto/contracts/payments/receipts.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { asFailure } from '../../ui/api/failure.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { useAnnounce } from '../../ui/parts/announcer.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { Read } from '../../ui/parts/read.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import { cart, useCart } from '../data/cart.ts'
import { type Product, productQuery } from '../data/queries.ts'
import { useRegion } from '../data/region.ts'
import { useGenre } from '../data/use-genre.ts'
import { useOwned } from '../data/use-owned.ts'
import { Page } from '../frame/page.tsx'
import { Cover } from './cover.tsx'
import classes from './game.module.css'
import { Price } from './price.tsx'

function Buttons({ product }: { readonly product: Product }) {
  const { t } = useTranslation('store')
  const navigate = useNavigate()
  const announce = useAnnounce()
  const { product_id: id } = product
  const isInCart = useCart().includes(id)
  const isOwned = useOwned().has(id)
  if (isOwned)
    return (
      <Button size="md" variant="light" renderRoot={(props) => <Link to="/library" {...props} />}>
        {t('shop.owned')}
      </Button>
    )
  if (product.price === undefined) return null
  const add = (): void => {
    cart.add(id)
    announce(t('game.added', { title: product.title }))
  }
  return (
    <div className={classes.buttons}>
      <Button
        size="md"
        onClick={() => {
          cart.add(id)
          void navigate({ to: '/checkout' })
        }}
      >
        {t('game.buyNow')}
      </Button>
      {isInCart ? (
        <Button size="md" variant="default" renderRoot={(props) => <Link to="/cart" {...props} />}>
          {t('game.toCart')}
        </Button>
      ) : (
        <Button size="md" variant="default" onClick={add}>
          {t('game.add')}
        </Button>
      )}
    </div>
  )
}

function Shown({ product }: { readonly product: Product }) {
  const { t } = useTranslation('store')
  const genre = useGenre()
  return (
    <Page title={product.title}>
      <div className={classes.game}>
        <div className={classes.cover}>
          <Cover productId={product.product_id} />
        </div>
        <div>
          <p className={classes.facts}>
            {genre(product.genre)} · {t('game.age', { age: product.age_mark })}
          </p>
          <p className={classes.about}>{product.description}</p>
          <p>
            <Price product={product} large />
          </p>
          <Buttons product={product} />
          <h2 className={classes.how}>{t('game.how')}</h2>
          <ol className={classes.steps}>
            <li>{t('game.how1')}</li>
            {product.price !== undefined && hasReceipt(product.price.currency) && (
              <li>{t('game.how2')}</li>
            )}
            <li>{t('game.how3')}</li>
          </ol>
        </div>
      </div>
    </Page>
  )
}

export function Game() {
  const { t } = useTranslation('store')
  const { productId } = useParams({ from: '/games/$productId' })
  const { api } = useFoundation()
  const reading = { region: useRegion(), locale: useLanguage() }
  const asked = useQuery(productQuery(api, productId, reading))
  const isUnknown = asFailure(asked.error)?.problem.code === catalogProblems.unknown_product.code
  return (
    <>
      <p className={classes.back}>
        <Link to="/">← {t('game.back')}</Link>
      </p>
      {isUnknown ? (
        <Page title={t('game.unknown')}>
          <ErrorPanel error={asked.error} />
        </Page>
      ) : (
        <Read asked={asked} lines={6}>
          {(product) => <Shown product={product} />}
        </Read>
      )}
    </>
  )
}
