// Sign-in. Nothing has to be remembered or solved: fields are named for password managers, pasting works, the password can be
// shown, and where the demo data is the demo buyer is one click away.

import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import { logIn } from '@rialto/contracts/accounts/http.ts'
import '@mantine/core/styles/PasswordInput.css'
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { readFacts } from '../../ui/facts.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { Page } from '../frame/page.tsx'
import classes from './account.module.css'
import { textOf, useFields } from './fields.ts'

const demoBuyer = demoLogins.find(({ role }) => role === 'customer')

interface Credentials {
  readonly email: string
  readonly password: string
}

/** Signs in and goes to where the person came from. */
export function useSignIn() {
  const { api, sessions } = useFoundation()
  const navigate = useNavigate()
  const { back } = useSearch({ strict: false }) as { back?: string }
  return useMutation({
    mutationFn: ({ email, password }: Credentials) =>
      api.call(logIn, { body: { email, password } }),
    onSuccess: (signed) => {
      sessions.signIn(signed)
      void navigate({ to: back ?? '/', replace: true })
    },
  })
}

function Demo({ signIn }: { readonly signIn: ReturnType<typeof useSignIn> }) {
  const { t } = useTranslation('store')
  if (!readFacts().demo || demoBuyer === undefined) return null
  return (
    <div className={classes.demo}>
      <Button
        variant="light"
        fullWidth
        loading={signIn.isPending}
        onClick={() => signIn.mutate(demoBuyer)}
      >
        {t('account.demo')}
      </Button>
      <p>{t('account.demoHint')}</p>
    </div>
  )
}

export function SignIn() {
  const { t } = useTranslation('store')
  const { back } = useSearch({ from: '/sign-in' })
  const signIn = useSignIn()
  const { errors, check } = useFields({
    email: (value) => (/^[^\s@]+@[^\s@]+$/.test(value) ? undefined : t('account.needEmail')),
    password: (value) => (value === '' ? t('account.needPassword') : undefined),
  })
  return (
    <div className={classes.narrow}>
      <Page title={t('account.signIn')}>
        {back !== undefined && <p>{t('account.why')}</p>}
        <Demo signIn={signIn} />
        <form
          className={classes.form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            const form = new FormData(event.currentTarget)
            if (check(event.currentTarget))
              signIn.mutate({
                email: textOf(form, 'email').trim(),
                password: textOf(form, 'password'),
              })
          }}
        >
          <TextInput
            name="email"
            type="email"
            autoComplete="username"
            label={t('account.email')}
            error={errors.email}
            size="md"
          />
          <PasswordInput
            name="password"
            autoComplete="current-password"
            label={t('account.password')}
            error={errors.password}
            visibilityToggleButtonProps={{ 'aria-label': t('account.show'), tabIndex: 0 }}
            size="md"
          />
          {signIn.error !== null && <ErrorPanel error={signIn.error} />}
          <Button type="submit" size="md" loading={signIn.isPending}>
            {t('account.signIn')}
          </Button>
        </form>
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
