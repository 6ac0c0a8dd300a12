// Where the link of the mail leads: it verifies by itself, because pressing it was the deed.

import { Button } from '@mantine/core'
import { verifyEmail } from '@rialto/contracts/accounts/http.ts'
import { useMutation } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { Empty, Loading } from '../../ui/parts/states.tsx'
import { Page } from '../frame/page.tsx'
import classes from './account.module.css'

export function VerifyEmail() {
  const { t } = useTranslation('store')
  const { token = '' } = useSearch({ from: '/verify-email' })
  const { api } = useFoundation()
  // A second time changes nothing, so it does no harm that a page may be drawn twice.
  const { mutate, error, isSuccess } = useMutation({
    mutationFn: (code: string) => api.call(verifyEmail, { body: { token: code } }),
  })
  useEffect(() => mutate(token), [mutate, token])
  return (
    <div className={classes.narrow}>
      <Page title={t('account.verify')}>
        {error !== null && <ErrorPanel error={error} />}
        {isSuccess && (
          <Empty title={t('account.verified')} text={t('account.verifiedText')}>
            <Button renderRoot={(props) => <Link to="/" {...props} />}>{t('cart.toShop')}</Button>
          </Empty>
        )}
        {error === null && !isSuccess && <Loading />}
      </Page>
    </div>
  )
}
