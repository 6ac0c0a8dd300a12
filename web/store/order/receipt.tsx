// A fiscal receipt as the law wants it shown, with what one needs to check it.

import { Button } from '@mantine/core'
import { hasReceipt } from '@rialto/contracts/payments/receipts.ts'
import { useQueries, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { readFacts } from '../../ui/facts.ts'
import { exactText } from '../../ui/format/moments.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { Money } from '../../ui/parts/money.tsx'
import { Qr } from '../../ui/parts/qr.tsx'
import { Empty, Loading } from '../../ui/parts/states.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import { paymentsQuery, type Receipt, receiptQuery } from '../data/queries.ts'
import { paidOf } from '../data/steps.ts'
import { SignedIn } from '../frame/guard.tsx'
import { Page } from '../frame/page.tsx'
import classes from './receipt.module.css'
import { isMarkedSimulated, rateOf } from './slip.ts'

type Slip = Omit<Receipt, 'refunds' | 'transaction_id' | 'order_id'>

function Tax({
  item,
  currency,
}: {
  readonly item: Slip['items'][number]
  readonly currency: string
}) {
  const { t } = useTranslation('store')
  const rate = rateOf(item.vat)
  if (rate === undefined) return <small>{t('receipt.noVat')}</small>
  return (
    <small>
      {t('receipt.vat')} {rate}: <Money amount={item.vat_amount} currency={currency} />
    </small>
  )
}

function Items({ slip }: { readonly slip: Slip }) {
  const { t } = useTranslation('store')
  const { currency, amount } = slip
  return (
    <table className={classes.items}>
      <thead>
        <tr>
          <th scope="col">{t('receipt.item')}</th>
          <th scope="col">{t('receipt.quantity')}</th>
          <th scope="col">{t('receipt.sum')}</th>
        </tr>
      </thead>
      <tbody>
        {slip.items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a receipt have no id and never move.
          <tr key={index}>
            <td>
              {item.title}
              <Tax item={item} currency={currency} />
            </td>
            <td>{item.quantity}</td>
            <td>
              <Money amount={item.amount} currency={currency} />
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={2}>
            {t('receipt.total')}
          </th>
          <td>
            <Money amount={amount} currency={currency} />
          </td>
        </tr>
      </tfoot>
    </table>
  )
}

function Fiscal({ slip }: { readonly slip: Slip }) {
  const { t } = useTranslation('store')
  const language = useLanguage()
  const { registered_at: at, qr } = slip
  const fields = [
    [t('receipt.fn'), slip.fn_number],
    [t('receipt.fd'), slip.fiscal_document_number],
    [t('receipt.fpd'), slip.fiscal_document_attribute],
    [t('receipt.at'), at === undefined ? undefined : exactText(at, { language })],
  ] as const
  return (
    <div className={classes.fiscal}>
      <dl>
        {fields.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value ?? '—'}</dd>
          </div>
        ))}
      </dl>
      {qr !== undefined && (
        <div className={classes.code}>
          <Qr text={qr} label={t('receipt.qr', { text: qr })} />
          {/* The tax service knows nothing of a simulated one. */}
          {!readFacts().simulated.receipts && <p>{t('receipt.check')}</p>}
        </div>
      )}
    </div>
  )
}

function Paper({ slip }: { readonly slip: Slip }) {
  const { t } = useTranslation('store')
  return (
    <article className={classes.paper}>
      <h2>{t(`receipt.${slip.kind}`)}</h2>
      {slip.status === 'pending' && <p role="status">{t('receipt.pending')}</p>}
      {slip.status === 'failed' && <p role="status">{t(`receipt.late.${slip.kind}`)}</p>}
      <Items slip={slip} />
      {slip.status === 'fiscalized_success' && <Fiscal slip={slip} />}
      {isMarkedSimulated(slip, readFacts().simulated.receipts) && (
        <p className={classes.simulated}>{t('receipt.simulated')}</p>
      )}
      {slip.receipt_url !== undefined && (
        <p>
          <a href={slip.receipt_url} rel="noreferrer">
            {t('receipt.open')}
          </a>
        </p>
      )}
    </article>
  )
}

function Slips({ orderId }: { readonly orderId: string }) {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  const payments = useQuery(paymentsQuery(api, orderId))
  // Money that came late has a receipt of its own, and one of its way back.
  const receipts = useQueries({
    queries: paidOf(payments.data?.items ?? []).map(({ transaction_id: id }) =>
      receiptQuery(api, id),
    ),
  })
  const error = payments.error ?? receipts.find((one) => one.error !== null)?.error ?? null
  if (error !== null)
    return (
      <ErrorPanel
        error={error}
        onRetry={() => void Promise.all([payments, ...receipts].map((one) => one.refetch()))}
      />
    )
  if (payments.data === undefined || receipts.some(({ data }) => data === undefined))
    return <Loading lines={6} />
  const slips = receipts.flatMap(({ data }) => data ?? []).flatMap((one) => [one, ...one.refunds])
  if (slips.length === 0) {
    const isMade = payments.data.items.every(({ currency }) => hasReceipt(currency))
    return (
      <Empty
        title={t(isMade ? 'receipt.none' : 'receipt.never')}
        text={t(isMade ? 'receipt.noneText' : 'receipt.neverText')}
      />
    )
  }
  return (
    <>
      {slips.map((slip) => (
        <Paper key={slip.receipt_id} slip={slip} />
      ))}
      <p className={classes.print}>
        <Button variant="default" onClick={() => window.print()}>
          {t('receipt.print')}
        </Button>
      </p>
    </>
  )
}

export function ReceiptPage() {
  const { t } = useTranslation('store')
  const { orderId } = useParams({ from: '/orders/$orderId/receipt' })
  return (
    <SignedIn>
      <Page title={t('receipt.title')}>
        <p className={classes.back}>
          <Link to="/orders/$orderId" params={{ orderId }}>
            ← {t('receipt.back')}
          </Link>
        </p>
        <Slips orderId={orderId} />
      </Page>
    </SignedIn>
  )
}
