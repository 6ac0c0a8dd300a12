// The door of the console. Whoever is no operator is told where their own things are.

import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import { logIn } from '@rialto/contracts/accounts/http.ts'
import '@mantine/core/styles/PasswordInput.css'
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { readFacts } from '../../ui/facts.ts'
import { leave, useFoundation } from '../../ui/foundation.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import classes from './frame.module.css'
import { Page } from './page.tsx'

const demoOperator = demoLogins.find(({ role }) => role === 'operator')

interface Credentials {
  readonly email: string
  readonly password: string
}

function useSignIn() {
  const { api, sessions } = useFoundation()
  return useMutation({
    mutationFn: ({ email, password }: Credentials) =>
      api.call(logIn, { body: { email, password } }),
    onSuccess: (signed) => sessions.signIn(signed),
  })
}

export function SignIn() {
  const { t } = useTranslation('console')
  const signIn = useSignIn()
  const [errors, setErrors] = useState<{ email?: string; password?: string }>({})
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const email = String(form.get('email') ?? '').trim()
    const password = String(form.get('password') ?? '')
    const isEmail = /^[^\s@]+@[^\s@]+$/.test(email)
    setErrors({
      ...(isEmail ? {} : { email: t('account.needEmail') }),
      ...(password === '' ? { password: t('account.needPassword') } : {}),
    })
    if (isEmail && password !== '') signIn.mutate({ email, password })
  }
  return (
    <div className={classes.narrow}>
      <Page title={t('account.signIn')}>
        {readFacts().demo && demoOperator !== undefined && (
          <div className={classes.demo}>
            <Button
              variant="light"
              fullWidth
              loading={signIn.isPending}
              onClick={() => signIn.mutate(demoOperator)}
            >
              {t('account.demo')}
            </Button>
            <p>{t('account.demoHint')}</p>
          </div>
        )}
        <form className={classes.form} noValidate onSubmit={submit}>
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
      </Page>
    </div>
  )
}

export function NotOperator() {
  const { t } = useTranslation('console')
  const parts = useFoundation()
  const name = parts.session?.user.display_name ?? ''
  return (
    <Empty title={t('account.notOperator')} text={t('account.notOperatorText', { name })}>
      <Button component="a" href="/store">
        {t('account.toStore')}
      </Button>
      <Button variant="default" ml="sm" onClick={() => void leave(parts)}>
        {t('account.other')}
      </Button>
    </Empty>
  )
}
