// An order: where it is, what is to be done about it, what is in it, what happened. Everything is read from the services, so the
// page may be closed and opened again at any time.

import { Button } from '@mantine/core'
import { hasReceipt } from '@rialto/contracts/payments/receipts.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { momentText } from '../../ui/format/moments.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { useAnnounce } from '../../ui/parts/announcer.tsx'
import { Copyable } from '../../ui/parts/copyable.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Money } from '../../ui/parts/money.tsx'
import { Loading } from '../../ui/parts/states.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import { dropOrder } from '../buy/pay.ts'
import { type Order, orderNoticesQuery } from '../data/queries.ts'
import { isBegun, isBeingCharged, isPaid, lateMoney, wordsOfEnd } from '../data/steps.ts'
import { SignedIn } from '../frame/guard.tsx'
import { Page } from '../frame/page.tsx'
import classes from './order.module.css'
import { PayPanel } from './pay-panel.tsx'
import { Pill } from './pill.tsx'
import { Steps } from './steps.tsx'
import { isUnderWay, type Progress, useProgress } from './use-progress.ts'

function Lines({ order }: { readonly order: Order }) {
  const { t } = useTranslation('store')
  return (
    <section className={classes.card}>
      <h2>{t('order.lines')}</h2>
      <ul className={classes.lines}>
        {order.items.map(({ line_id: id, product_id: productId, title, amount }) => (
          <li key={id}>
            <Link to="/games/$productId" params={{ productId }}>
              {title}
            </Link>
            <Money amount={amount} currency={order.currency} />
          </li>
        ))}
      </ul>
      <p className={classes.sum}>
        <span>
          {t('order.total')}, {t('shop.vat')}
        </span>
        <strong>
          <Money amount={order.total_amount} currency={order.currency} />
        </strong>
      </p>
    </section>
  )
}

function Cancel({ order, payments }: Pick<Progress, 'order' | 'payments'>) {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  const queries = useQueryClient()
  const drop = useMutation({
    mutationFn: () => dropOrder(api, order.order_id),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['order', order.order_id] }),
        queries.invalidateQueries({ queryKey: ['payments', order.order_id] }),
      ]),
  })
  return (
    <>
      {drop.error !== null && <ErrorPanel error={drop.error} />}
      <Button variant="subtle" color="red" loading={drop.isPending} onClick={() => drop.mutate()}>
        {t('order.cancel')}
      </Button>
      <p className={classes.hint}>
        {t(isBegun(payments) ? 'order.cancelHintBegun' : 'order.cancelHint')}
      </p>
    </>
  )
}

function Attempts({ order, payments }: Pick<Progress, 'order' | 'payments'>) {
  const { t } = useTranslation('store')
  const begun = payments.filter(({ status }) => status !== 'created')
  // A single one says nothing that the order does not say, unless its money came late.
  if (begun.length < 2 && lateMoney(order, payments) === undefined) return null
  // What was left unpaid waits for nobody once its order is decided.
  const hasEnded = order.status !== 'pending_payment'
  return (
    <section className={classes.card}>
      <h2>{t('order.attempts')}</h2>
      <ul className={classes.lines}>
        {begun.map(({ transaction_id: id, status, created_at: at }) => (
          <li key={id}>
            <Moment at={at} as="full" />
            <span>
              {t(
                `pay.status.${hasEnded && status === 'pending_psp_redirect' ? 'canceled' : status}`,
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function History({ order }: { readonly order: Order }) {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  const { data } = useQuery(orderNoticesQuery(api, order.order_id, useLanguage()))
  if (data === undefined || data.items.length === 0) return null
  return (
    <section className={classes.card}>
      <h2>{t('order.history')}</h2>
      <ol className={classes.history}>
        {data.items.map(({ notification_id: id, title, text, created_at: at }) => (
          <li key={id}>
            <Moment at={at} as="clock" on={order.created_at} />
            <div>
              <strong>{title}</strong>
              <p>{text}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** An order that ends while its page is open takes its buttons with it: how it ended is said. */
function useEndNews(said: string): void {
  const announce = useAnnounce()
  const known = useRef(said)
  useEffect(() => {
    if (known.current === said) return
    known.current = said
    if (said !== '') announce(said)
  }, [said, announce])
}

/** How the order ended, and what became of money that came for it all the same. */
function Ended({ order, payments }: Pick<Progress, 'order' | 'payments'>) {
  const { t } = useTranslation('store')
  const said = wordsOfEnd(order, payments)
    .map((word) => t(`order.${word}`))
    .join(' ')
  useEndNews(said)
  return said === '' ? null : <p className={classes.ended}>{said}</p>
}

function Ways({ order, payments }: Pick<Progress, 'order' | 'payments'>) {
  const { t } = useTranslation('store')
  const { order_id: orderId } = order
  const isDelivered = isPaid(order)
  const hasMoney = isDelivered || lateMoney(order, payments) !== undefined
  const hasPaper = hasMoney && hasReceipt(order.currency)
  return (
    <div className={classes.ways}>
      {isDelivered && (
        <Button renderRoot={(props) => <Link to="/library" {...props} />}>
          {t('order.library')}
        </Button>
      )}
      {hasPaper && (
        <Button
          variant="default"
          renderRoot={(props) => (
            <Link to="/orders/$orderId/receipt" params={{ orderId }} {...props} />
          )}
        >
          {t('order.receipt')}
        </Button>
      )}
      <Link to="/orders/$orderId/inside" params={{ orderId }} className={classes.inside ?? ''}>
        <span>{t('order.inside')}</span>
        <small>{t('order.insideHint')}</small>
      </Link>
    </div>
  )
}

function Shown({ progress }: { readonly progress: Progress }) {
  const { t } = useTranslation('store')
  const language = useLanguage()
  const { order, payments, steps } = progress
  const isOpen = order.status === 'pending_payment'
  const hasEnded = ['canceled', 'expired'].includes(order.status)
  return (
    <Page
      title={t('order.of', { date: momentText(order.created_at, { language }) })}
      aside={<Pill status={order.status} />}
    >
      <div className={classes.order}>
        <div>
          {!hasEnded && <Steps steps={steps} on={order.created_at} />}
          <Ended {...progress} />
          {isUnderWay(progress) && <p className={classes.hint}>{t('order.close')}</p>}
          {isOpen && <PayPanel {...progress} />}
          <Ways {...progress} />
        </div>
        <div>
          <Lines order={order} />
          <Attempts {...progress} />
          <History order={order} />
          <p className={classes.hint}>
            <Copyable label={t('order.number')} text={order.order_id} />
          </p>
          {isOpen && !isBeingCharged(payments) && <Cancel {...progress} />}
        </div>
      </div>
    </Page>
  )
}

function Reading({ orderId }: { readonly orderId: string }) {
  const { t } = useTranslation('store')
  const { progress, error, again } = useProgress(orderId)
  if (progress !== undefined) return <Shown progress={progress} />
  return (
    <Page title={t('order.title')}>
      {error === null || error === undefined ? (
        <Loading lines={6} />
      ) : (
        <ErrorPanel error={error} onRetry={again} />
      )}
    </Page>
  )
}

export function OrderPage() {
  const { orderId } = useParams({ from: '/orders/$orderId' })
  return (
    <SignedIn>
      <Reading orderId={orderId} />
    </SignedIn>
  )
}
