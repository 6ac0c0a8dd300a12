// Checkout: what is ordered, where the receipt goes, how it is paid, and one button that says what it does.

import { Button } from '@mantine/core'
import { hasReceipt } from '@rialto/contracts/payments/receipts.ts'
import { Link, Navigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asFailure } from '../../ui/api/failure.ts'
import { moneyText } from '../../ui/format/money.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { Money } from '../../ui/parts/money.tsx'
import { Read } from '../../ui/parts/read.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import { useCart } from '../data/cart.ts'
import type { Product } from '../data/queries.ts'
import { useProducts } from '../data/use-products.ts'
import { SignedIn } from '../frame/guard.tsx'
import { Page } from '../frame/page.tsx'
import classes from './buy.module.css'
import { type Choice, Methods } from './methods.tsx'
import { sumOf } from './sum.ts'
import { useOrderAndPay } from './use-pay.ts'

function Summary({ products }: { readonly products: readonly Product[] }) {
  const { t } = useTranslation('store')
  const { amount, currency } = sumOf(products)
  return (
    <>
      <h2>{t('checkout.placed')}</h2>
      <ul className={classes.summary}>
        {products.map(({ product_id: id, title, price }) => (
          <li key={id}>
            <span>{title}</span>
            {price !== undefined && <Money amount={price.amount} currency={price.currency} />}
          </li>
        ))}
      </ul>
      {currency !== undefined && (
        <p className={classes.sum}>
          <span>
            {t('cart.total')}, {t('shop.vat')}
          </span>
          <strong>
            <Money amount={amount} currency={currency} />
          </strong>
        </p>
      )}
    </>
  )
}

/** A refusal that names an order leads to it. */
function OpenOrder({ error }: { readonly error: unknown }) {
  const { t } = useTranslation('store')
  const orderId = asFailure(error)?.problem.facts?.order_id
  if (typeof orderId !== 'string') return null
  return (
    <Button renderRoot={(props) => <Link to="/orders/$orderId" params={{ orderId }} {...props} />}>
      {t('news.order')}
    </Button>
  )
}

interface FormProps {
  readonly products: readonly Product[]
  readonly choice: Choice
  readonly onChoose: (choice: Choice) => void
  readonly pay: ReturnType<typeof useOrderAndPay>
}

function Form({ products, choice, onChoose, pay }: FormProps) {
  const { t } = useTranslation('store')
  const language = useLanguage()
  const { session } = useFoundation()
  const { amount, currency } = sumOf(products)
  // The button stays held while the browser is on its way to the provider's page.
  const isGoing = pay.isPending || pay.isSuccess
  const isForReceipt = currency !== undefined && hasReceipt(currency)
  const sum = currency === undefined ? '' : moneyText(amount, currency, language)
  return (
    <form
      className={classes.checkout}
      onSubmit={(event) => {
        event.preventDefault()
        if (!isGoing && currency !== undefined)
          pay.mutate({ ...choice, total: { amount, currency } })
      }}
    >
      <div>
        <section className={classes.part}>
          <h2>{t(isForReceipt ? 'checkout.contact' : 'checkout.contactNoReceipt')}</h2>
          <strong>{session?.user.email}</strong>
          <p className={classes.hint}>
            {t(isForReceipt ? 'checkout.contactHint' : 'checkout.contactHintNoReceipt')}
          </p>
        </section>
        <Methods choice={choice} onChoose={onChoose} />
      </div>
      <div className={classes.card}>
        <Summary products={products} />
        <Button
          type="submit"
          size="lg"
          fullWidth
          loading={isGoing}
          disabled={currency === undefined}
        >
          {t('checkout.pay', { amount: sum })}
        </Button>
        <p className={classes.hint} role="status">
          {isGoing ? t('checkout.paying') : t('checkout.once')}
        </p>
        {pay.error !== null && (
          <ErrorPanel error={pay.error}>
            <Button variant="default" renderRoot={(props) => <Link to="/cart" {...props} />}>
              {t('cart.title')}
            </Button>
            <OpenOrder error={pay.error} />
          </ErrorPanel>
        )}
      </div>
    </form>
  )
}

/** What was chosen and pressed outlives that the games are read anew, as in another language. */
function Reading({ ids }: { readonly ids: readonly string[] }) {
  const [choice, setChoice] = useState<Choice>({ method: 'card', save: false })
  const pay = useOrderAndPay(ids)
  return (
    <Read asked={useProducts(ids)} lines={6}>
      {(products) => <Form products={products} choice={choice} onChoose={setChoice} pay={pay} />}
    </Read>
  )
}

export function Checkout() {
  const { t } = useTranslation('store')
  const inCart = useCart()
  // What is being ordered stays in sight when the cart is emptied by it.
  const [ids] = useState(inCart)
  return (
    <SignedIn>
      {ids.length === 0 ? (
        <Navigate to="/cart" replace />
      ) : (
        <Page title={t('checkout.title')}>
          <Reading ids={ids} />
        </Page>
      )}
    </SignedIn>
  )
}
