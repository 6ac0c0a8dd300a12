// Where the link of the mail leads: it verifies by itself, because pressing it was the deed. Whose link is not good any more has a new
// one sent here.

import { Button } from '@mantine/core'
import { requestEmailVerification, verifyEmail } from '@rialto/contracts/accounts/http.ts'
import { useMutation } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { asFailure } from '../../ui/api/failure.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { Empty, Loading } from '../../ui/parts/states.tsx'
import { Page } from '../frame/page.tsx'
import classes from './account.module.css'

/** A new link goes to the address of an account, so somebody has to be signed in to have one sent. */
function AskAgain() {
  const { t } = useTranslation('store')
  const { api, session } = useFoundation()
  const ask = useMutation({ mutationFn: () => api.call(requestEmailVerification, {}) })
  if (ask.isSuccess) return <Empty title={t('account.sent')} text={t('account.verifySentText')} />
  if (session === undefined)
    return (
      <Button
        renderRoot={(props) => <Link to="/sign-in" search={{ back: '/verify-email' }} {...props} />}
      >
        {t('account.verifySignIn')}
      </Button>
    )
  return (
    <>
      {ask.error !== null && <ErrorPanel error={ask.error} />}
      <p>{t('account.verifyTo', { email: session.user.email })}</p>
      <Button loading={ask.isPending} onClick={() => ask.mutate()}>
        {t('account.verifyAgain')}
      </Button>
    </>
  )
}

/** What a new link would not help against: there is nothing left to do, or nobody knows yet. */
const isLinkSpent = (error: unknown): boolean =>
  ['accounts.link_invalid', 'accounts.link_expired', 'kernel.invalid_input'].includes(
    asFailure(error)?.problem.code ?? '',
  )

function Verify({ token }: { readonly token: string }) {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  // A second time changes nothing, so it does no harm that a page may be drawn twice.
  const { mutate, error, isSuccess } = useMutation({
    mutationFn: (code: string) => api.call(verifyEmail, { body: { token: code } }),
  })
  useEffect(() => mutate(token), [mutate, token])
  if (isSuccess)
    return (
      <Empty title={t('account.verified')} text={t('account.verifiedText')}>
        <Button renderRoot={(props) => <Link to="/" {...props} />}>{t('cart.toShop')}</Button>
      </Empty>
    )
  if (error === null) return <Loading />
  return (
    <div className={classes.form}>
      <ErrorPanel error={error} onRetry={() => mutate(token)} />
      {isLinkSpent(error) && <AskAgain />}
    </div>
  )
}

export function VerifyEmail() {
  const { t } = useTranslation('store')
  const { token } = useSearch({ from: '/verify-email' })
  return (
    <div className={classes.narrow}>
      <Page title={t('account.verify')}>
        {token === undefined ? (
          <div className={classes.form}>
            <p>{t('account.verifyText')}</p>
            <AskAgain />
          </div>
        ) : (
          <Verify token={token} />
        )}
      </Page>
    </div>
  )
}
