import { useTranslation } from 'react-i18next'
import type { Order } from '../data/queries.ts'
import classes from './pill.module.css'

const MOODS: Readonly<Record<Order['status'], 'open' | 'good' | 'ended'>> = {
  pending_payment: 'open',
  completed: 'good',
  fulfilled: 'good',
  partially_refunded: 'ended',
  refunded: 'ended',
  canceled: 'ended',
  expired: 'ended',
}

/** An order's state, in words; the colour only helps. */
export function Pill({ status }: Pick<Order, 'status'>) {
  const { t } = useTranslation('store')
  return (
    <span className={classes.pill} data-mood={MOODS[status]}>
      {t(`order.status.${status}`)}
    </span>
  )
}
