// What is to be done about the payment of an order that is not paid: go on where it was left, scan the code, wait, or pay another
// way after a decline.

import { Button } from '@mantine/core'
import { declineReasons } from '@rialto/contracts/payments/declines.ts'
import { useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { countdownText } from '../../ui/format/moments.ts'
import { moneyText } from '../../ui/format/money.ts'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { useNow } from '../../ui/parts/moment.tsx'
import { Qr } from '../../ui/parts/qr.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import { type Choice, Methods } from '../buy/methods.tsx'
import { usePay, useStartFailure } from '../buy/use-pay.ts'
import type { Payment } from '../data/queries.ts'
import {
  declinedOf,
  isBeingCharged,
  isNothingCharged,
  isPayersTurn,
  openAttempt,
} from '../data/steps.ts'
import classes from './order.module.css'
import type { Progress } from './use-progress.ts'

const SECOND_MS = 1_000

function TimeLeft({ until }: { readonly until: string }) {
  const { t } = useTranslation('store')
  const left = Date.parse(until) - useNow(SECOND_MS)
  return (
    <p className={classes.left} role="timer" aria-live="off">
      {t('order.left')}: <strong className="tabular">{countdownText(left)}</strong>
    </p>
  )
}

function Choose({ order, payments }: Pick<Progress, 'order' | 'payments'>) {
  const { t } = useTranslation('store')
  const language = useLanguage()
  const [choice, setChoice] = useState<Choice>({ method: 'card', save: false })
  const pay = usePay(order.order_id, declinedOf(payments)?.transaction_id)
  const failure = useStartFailure(order.order_id)
  const error = pay.isIdle ? failure : pay.error
  const sum = moneyText(order.total_amount, order.currency, language)
  const isGoing = pay.isPending || (pay.isSuccess && pay.data.redirect_url !== undefined)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isGoing) pay.mutate(choice)
      }}
    >
      <Methods choice={choice} onChoose={setChoice} />
      {error !== null && <ErrorPanel error={error} />}
      <Button type="submit" size="md" loading={isGoing} mt="sm">
        {t('checkout.pay', { amount: sum })}
      </Button>
    </form>
  )
}

function Declined({
  payment,
  payments,
}: {
  readonly payment: Payment
  readonly payments: readonly Payment[]
}) {
  const { t } = useTranslation('store')
  const money = t(isNothingCharged(payments) ? 'pay.declinedMoney' : 'pay.declinedUnclear')
  const reason = declineReasons.find((one) => one === payment.failure_reason) ?? 'other'
  return (
    <div className={classes.declined} role="alert">
      <strong>{t('pay.declined')}</strong>
      <p>
        {money} {t(`pay.reason.${reason}`)}
      </p>
    </div>
  )
}

function Scan({ qr }: { readonly qr: string }) {
  const { t } = useTranslation('store')
  return (
    <div className={classes.scan}>
      <Qr text={qr} label={t('pay.qrLabel')} />
      <div>
        <h2>{t('pay.qr')}</h2>
        <p>{t('pay.waiting')}</p>
        <Button
          variant="default"
          renderRoot={(props) => <a href={qr} target="_blank" rel="noreferrer" {...props} />}
        >
          {t('pay.qrOpen')}
        </Button>
      </div>
    </div>
  )
}

/** The attempt that waits for the payer, if there is one. */
function Waiting({ payment }: { readonly payment: Payment }) {
  const { t } = useTranslation('store')
  const { redirect_url: page, psp_sdk_data: code } = payment
  const { returned } = useSearch({ from: '/orders/$orderId' })
  if (code !== undefined) return <Scan qr={code.qr} />
  if (page === undefined) return <p role="status">{t('pay.processing')}</p>
  return (
    <>
      {/* Whoever comes from there may have paid: the provider's word can be behind the buyer. */}
      {returned !== undefined && (
        <p role="status">
          <strong>{t('pay.returned')}</strong>
        </p>
      )}
      <p>{t(returned === undefined ? 'pay.goHint' : 'pay.returnedUnpaid')}</p>
      <Button
        size="md"
        variant={returned === undefined ? 'filled' : 'default'}
        renderRoot={(props) => <a href={page} {...props} />}
      >
        {t('pay.go')}
      </Button>
    </>
  )
}

export function PayPanel({ order, payments }: Progress) {
  const { t } = useTranslation('store')
  const { returned } = useSearch({ from: '/orders/$orderId' })
  const open = openAttempt(payments)
  const declined = declinedOf(payments)
  return (
    <section className={classes.panel} aria-label={t('pay.choose')}>
      {/* While the bank decides the order waits for it, however long. */}
      {!isBeingCharged(payments) && <TimeLeft until={order.expires_at} />}
      {declined !== undefined && <Declined payment={declined} payments={payments} />}
      {open !== undefined ? (
        <>
          <Waiting payment={open} />
          {isPayersTurn(open) && (
            <details className={classes.other}>
              <summary>{t(returned === undefined ? 'pay.retry' : 'pay.retryUnpaid')}</summary>
              <Choose order={order} payments={payments} />
            </details>
          )}
        </>
      ) : (
        <Choose order={order} payments={payments} />
      )}
    </section>
  )
}
