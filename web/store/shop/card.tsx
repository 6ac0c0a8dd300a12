import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Product } from '../data/queries.ts'
import { useGenre } from '../data/use-genre.ts'
import classes from './card.module.css'
import { Cover } from './cover.tsx'
import { Price } from './price.tsx'

export interface CardProps {
  readonly product: Product
  readonly isOwned: boolean
  readonly isInCart: boolean
}

/** A game among others. The whole card leads to it; the title is its one link. */
export function Card({ product, isOwned, isInCart }: CardProps) {
  const { t } = useTranslation('store')
  const genre = useGenre()
  const mark = isOwned ? t('shop.owned') : isInCart ? t('shop.inCart') : undefined
  return (
    <article className={classes.card}>
      <div className={classes.picture}>
        <Cover productId={product.product_id} />
        {mark !== undefined && <span className={classes.mark}>{mark}</span>}
      </div>
      <h2 className={classes.title}>
        <Link to="/games/$productId" params={{ productId: product.product_id }}>
          {product.title}
        </Link>
      </h2>
      <p className={classes.facts}>
        {genre(product.genre)} · {product.age_mark}
      </p>
      <p className={classes.price}>
        <Price product={product} />
      </p>
    </article>
  )
}
