// A forgotten password: without the mail's secret it asks where to send the mail, with it for the new password.

import { Button, TextInput } from '@mantine/core'
import { requestPasswordReset, resetPassword } from '@rialto/contracts/accounts/http.ts'
import { useMutation } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import type { ReactNode, SubmitEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import { mayBeEmail, PASSWORD_MIN, textOf, useFields } from '../../ui/shell/fields.ts'
import { PasswordField } from '../../ui/shell/password-field.tsx'
import { Page } from '../frame/page.tsx'
import classes from './account.module.css'

interface FormProps {
  readonly onSubmit: (event: SubmitEvent<HTMLFormElement>) => void
  readonly error: unknown
  readonly isPending: boolean
  readonly button: string
  readonly children: ReactNode
}

function Form({ onSubmit, error, isPending, button, children }: FormProps) {
  return (
    <form className={classes.form} noValidate onSubmit={onSubmit}>
      {children}
      {error !== null && <ErrorPanel error={error} />}
      <Button type="submit" size="md" loading={isPending}>
        {button}
      </Button>
    </form>
  )
}

function Ask() {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  const ask = useMutation({
    mutationFn: (email: string) => api.call(requestPasswordReset, { body: { email } }),
  })
  const checks = {
    email: (value: string) => (mayBeEmail(value) ? undefined : t('account.needEmail')),
  }
  const { errors, check } = useFields(checks, ask.error)
  if (ask.isSuccess) return <Empty title={t('account.sent')} text={t('account.sentText')} />
  return (
    <Form
      {...ask}
      button={t('account.sendLink')}
      onSubmit={(event) => {
        event.preventDefault()
        const form = event.currentTarget
        if (check(form)) ask.mutate(textOf(new FormData(form), 'email').trim())
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
    </Form>
  )
}

function Change({ token }: { readonly token: string }) {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  const change = useMutation({
    mutationFn: (password: string) => api.call(resetPassword, { body: { token, password } }),
  })
  const checks = {
    password: (value: string) => (value.length < PASSWORD_MIN ? t('account.tooShort') : undefined),
  }
  const { errors, check } = useFields(checks, change.error)
  if (change.isSuccess)
    return (
      <Empty title={t('account.changed')} text={t('account.changedText')}>
        <Button renderRoot={(props) => <Link to="/sign-in" {...props} />}>
          {t('account.signIn')}
        </Button>
      </Empty>
    )
  return (
    <Form
      {...change}
      button={t('account.setPassword')}
      onSubmit={(event) => {
        event.preventDefault()
        const form = event.currentTarget
        if (check(form)) change.mutate(textOf(new FormData(form), 'password'))
      }}
    >
      <PasswordField
        autoComplete="new-password"
        label={t('account.newPassword')}
        description={t('account.passwordHint')}
        error={errors.password}
        show={t('account.show')}
      />
    </Form>
  )
}

export function ResetPassword() {
  const { t } = useTranslation('store')
  const { token } = useSearch({ from: '/reset-password' })
  return (
    <div className={classes.narrow}>
      <Page title={t('account.reset')}>
        {token === undefined ? <Ask /> : <Change token={token} />}
      </Page>
    </div>
  )
}
