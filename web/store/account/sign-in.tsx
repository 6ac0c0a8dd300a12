// The store's sign-in: it leads back to where the person came from.

import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { SignInForm, useSignIn } from '../../ui/shell/sign-in-form.tsx'
import { Page } from '../frame/page.tsx'
import classes from './account.module.css'

/** Signs in and goes to where the person came from. */
export function useSignInAndBack() {
  const navigate = useNavigate()
  const { basepath } = useRouter()
  const { back = '/' } = useSearch({ strict: false }) as { back?: string }
  return useSignIn(() => void navigate({ href: basepath + back, replace: true }))
}

export function SignIn() {
  const { t } = useTranslation('store')
  const { back } = useSearch({ from: '/sign-in' })
  const { sessions } = useFoundation()
  const signIn = useSignInAndBack()
  return (
    <div className={classes.narrow}>
      <Page title={t('account.signIn')}>
        {sessions.hasRunOut() && <p role="status">{t('account.over')}</p>}
        {back !== undefined && <p>{t('account.why')}</p>}
        <SignInForm signIn={signIn} person="customer" word={(name) => t(`account.${name}`)} />
        <p className={classes.other}>
          <Link to="/reset-password">{t('account.forgot')}</Link>
        </p>
        <p className={classes.other}>
          {t('account.noAccount')}{' '}
          <Link to="/register" search={back === undefined ? {} : { back }}>
            {t('account.register')}
          </Link>
        </p>
      </Page>
    </div>
  )
}
