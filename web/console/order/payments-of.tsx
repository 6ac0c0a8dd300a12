// The payments of an order, each with the calls, notifications and refunds behind it.

import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { Copyable } from '../../ui/parts/copyable.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Money } from '../../ui/parts/money.tsx'
import { Read } from '../../ui/parts/read.tsx'
import { type ExaminedPayments, orderPaymentsQuery } from '../data/queries.ts'
import classes from '../parts/parts.module.css'
import { moodOf, Pill, ShortId } from '../parts/table.tsx'

type One = ExaminedPayments['items'][number]

interface On {
  /** When the payment was made: its day stands above. */
  readonly on: string
}

function Operations({ operations, on }: Pick<One, 'operations'> & On) {
  const { t } = useTranslation('console')
  if (operations.length === 0) return null
  return (
    <>
      <h3>{t('order.operations')}</h3>
      <ul className={classes.timeline}>
        {operations.map((one) => (
          <li key={one.operation_id}>
            <Moment at={one.sent_at ?? one.created_at} as="clock" on={on} />
            <span>{one.state}</span>
            <code>
              {one.provider}, {one.idempotency_key} {one.error}
            </code>
          </li>
        ))}
      </ul>
    </>
  )
}

function Webhooks({ webhooks, on }: Pick<One, 'webhooks'> & On) {
  const { t } = useTranslation('console')
  if (webhooks.length === 0) return null
  return (
    <>
      <h3>{t('order.webhooks')}</h3>
      <ul className={classes.timeline}>
        {webhooks.map((one) => (
          <li key={`${one.event} ${one.received_at}`}>
            <Moment at={one.received_at} as="clock" on={on} />
            <span>{one.state}</span>
            <code>
              {one.event}, {t('order.deliveries', { count: one.deliveries })} {one.outcome}
            </code>
          </li>
        ))}
      </ul>
    </>
  )
}

function Refunds({
  refunds,
  currency,
  on,
}: Pick<One, 'refunds'> & On & { readonly currency: string }) {
  const { t } = useTranslation('console')
  if (refunds.length === 0) return null
  return (
    <>
      <h3>{t('order.refunds')}</h3>
      <ul className={classes.timeline}>
        {refunds.map((one) => (
          <li key={one.refund_id}>
            <Moment at={one.requested_at} as="clock" on={on} />
            <span>{one.state}</span>
            <span>
              <Money amount={one.amount} currency={currency} /> · {one.cause}, {one.reason}{' '}
              <ShortId id={one.refund_id} /> {one.error}
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

function Payment({ one }: { readonly one: One }) {
  const { t } = useTranslation('console')
  const { payment } = one
  return (
    <article className={`${classes.entry} ${classes.entryBody}`}>
      <h2>
        <Money amount={payment.amount} currency={payment.currency} />{' '}
        <Pill mood={moodOf(payment.status)}>{t(`payments.status.${payment.status}`)}</Pill>{' '}
        {one.is_current && <small className={classes.soft}>{t('order.current')}</small>}
      </h2>
      <p className={classes.soft}>
        <Moment at={payment.created_at} as="full" />
        {', '}
        {[payment.provider, payment.method].filter(Boolean).join(', ')} {payment.failure_reason}
      </p>
      <Copyable label={t('filter.payment')} text={payment.transaction_id} />{' '}
      {one.provider_payment_id !== undefined && (
        <Copyable label={t('filter.provider')} text={one.provider_payment_id} />
      )}
      <Operations operations={one.operations} on={payment.created_at} />
      <Webhooks webhooks={one.webhooks} on={payment.created_at} />
      <Refunds refunds={one.refunds} currency={payment.currency} on={payment.created_at} />
    </article>
  )
}

export function PaymentsOf({ orderId }: { readonly orderId: string }) {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const payments = useQuery(orderPaymentsQuery(api, orderId))
  return (
    <Read asked={payments} lines={6} isFollowed>
      {({ items }) =>
        items.length === 0 ? (
          <p className={classes.soft}>{t('order.noPayment')}</p>
        ) : (
          items.map((one) => <Payment key={one.payment.transaction_id} one={one} />)
        )
      }
    </Read>
  )
}
