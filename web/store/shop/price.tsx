import { useTranslation } from 'react-i18next'
import { Money } from '../../ui/parts/money.tsx'
import type { Product } from '../data/queries.ts'
import classes from './price.module.css'

/** What a game costs now, what it cost before, or that it is not sold here. */
export function Price({ product, large = false }: { product: Product; large?: boolean }) {
  const { t } = useTranslation('store')
  const { price } = product
  if (price === undefined) return <span className={classes.none}>{t('shop.notSold')}</span>
  const { amount, list_amount: list, currency } = price
  const isReduced = list > amount
  return (
    <span className={classes.price} data-large={large}>
      <strong>
        <Money amount={amount} currency={currency} />
      </strong>
      {isReduced && (
        <>
          <s>
            <span className={classes.hidden}>{t('shop.was')} </span>
            <Money amount={list} currency={currency} />
          </s>
          <span className={classes.off}>
            {t('shop.off', { percent: Math.round((1 - amount / list) * 100) })}
          </span>
        </>
      )}
      {large && <small>{t('shop.vat')}</small>}
    </span>
  )
}
