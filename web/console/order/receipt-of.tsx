// The fiscal receipt of an order's payment, and those of its refunds.

import { type getReceipt, hasReceipt } from '@rialto/contracts/payments/receipts.ts'
import type { SuccessOf } from '@rialto/kernel/pure/client.ts'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Money } from '../../ui/parts/money.tsx'
import { Read } from '../../ui/parts/read.tsx'
import { type Examined, orderPaymentsQuery, receiptQuery } from '../data/queries.ts'
import classes from '../parts/parts.module.css'
import { Pill } from '../parts/table.tsx'

type Receipt = SuccessOf<typeof getReceipt>['refunds'][number]

function One({ receipt }: { readonly receipt: Receipt }) {
  const { t } = useTranslation('console')
  const { currency } = receipt
  const fields: [string, ReactNode][] = [
    [t('order.fn'), receipt.fn_number],
    [t('order.fd'), receipt.fiscal_document_number],
    [t('order.fpd'), receipt.fiscal_document_attribute],
    ['QR', receipt.qr],
    [
      t('order.registered'),
      receipt.registered_at === undefined ? undefined : (
        <Moment key="at" at={receipt.registered_at} as="full" />
      ),
    ],
  ]
  const mood = receipt.status === 'failed' ? 'bad' : receipt.status === 'pending' ? 'open' : 'good'
  return (
    <article className={`${classes.entry} ${classes.entryBody}`}>
      <h2>
        {t(receipt.kind === 'sale' ? 'order.receiptOf' : 'order.refundOf')}:{' '}
        <Money amount={receipt.amount} currency={currency} />{' '}
        <Pill mood={mood}>{receipt.status}</Pill>
      </h2>
      <dl className={classes.facts}>
        {fields
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <ul>
        {receipt.items.map((item) => (
          <li key={`${item.title} ${item.amount}`}>
            {item.title} × {item.quantity}: <Money amount={item.amount} currency={currency} />,{' '}
            {item.vat} <Money amount={item.vat_amount} currency={currency} />
          </li>
        ))}
      </ul>
    </article>
  )
}

function Of({ paymentId }: { readonly paymentId: string }) {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const receipt = useQuery(receiptQuery(api, paymentId))
  return (
    <Read asked={receipt} lines={4}>
      {(data) => {
        if (data === null) return <p className={classes.soft}>{t('order.noReceipt')}</p>
        const { refunds, transaction_id: _payment, order_id: _order, ...sale } = data
        return [sale, ...refunds].map((one) => <One key={one.receipt_id} receipt={one} />)
      }}
    </Read>
  )
}

/** Of every payment that money came of: what came late or twice has a receipt of its own. */
export function ReceiptOf({ order }: Pick<Examined, 'order'>) {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const payments = useQuery(orderPaymentsQuery(api, order.order_id))
  if (!hasReceipt(order.currency)) return <p className={classes.soft}>{t('order.neverReceipt')}</p>
  return (
    <Read asked={payments} lines={4} isFollowed>
      {({ items }) => {
        const paid = items.filter(({ payment }) => payment.completed_at !== undefined)
        if (paid.length === 0) return <p className={classes.soft}>{t('order.noReceipt')}</p>
        return paid.map(({ payment: { transaction_id: id } }) => <Of key={id} paymentId={id} />)
      }}
    </Read>
  )
}
