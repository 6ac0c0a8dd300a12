// A new account, signed in at once.

import { Button, NativeSelect, TextInput } from '@mantine/core'
import { registerUser } from '@rialto/contracts/accounts/http.ts'
import { useMutation } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { mayBeEmail, PASSWORD_MIN, textOf, useFields } from '../../ui/shell/fields.ts'
import { PasswordField } from '../../ui/shell/password-field.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import { REGIONS, useRegion } from '../data/region.ts'
import { Page } from '../frame/page.tsx'
import classes from './account.module.css'
import { useSignInAndBack } from './sign-in.tsx'

function useRegister() {
  const { api } = useFoundation()
  const locale = useLanguage()
  const signIn = useSignInAndBack()
  return useMutation({
    mutationFn: async (form: FormData) => {
      const email = textOf(form, 'email').trim()
      const password = textOf(form, 'password')
      const name = textOf(form, 'display_name').trim()
      const region = textOf(form, 'region')
      await api.call(registerUser, {
        body: { email, password, display_name: name, region, locale },
      })
      await signIn.mutateAsync({ email, password })
    },
  })
}

export function Register() {
  const { t } = useTranslation('store')
  const { back } = useSearch({ from: '/register' })
  const region = useRegion()
  const register = useRegister()
  const checks = {
    display_name: (value: string) => (value.trim() === '' ? t('account.needName') : undefined),
    email: (value: string) => (mayBeEmail(value) ? undefined : t('account.needEmail')),
    password: (value: string) => (value.length < PASSWORD_MIN ? t('account.tooShort') : undefined),
    region: () => undefined,
  }
  const { errors, check } = useFields(checks, register.error)
  return (
    <div className={classes.narrow}>
      <Page title={t('account.register')}>
        <form
          className={classes.form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            if (check(event.currentTarget)) register.mutate(new FormData(event.currentTarget))
          }}
        >
          <TextInput
            name="display_name"
            autoComplete="name"
            label={t('account.name')}
            error={errors.display_name}
            size="md"
          />
          <TextInput
            name="email"
            type="email"
            autoComplete="username"
            label={t('account.email')}
            error={errors.email}
            size="md"
          />
          <PasswordField
            autoComplete="new-password"
            label={t('account.password')}
            description={t('account.passwordHint')}
            error={errors.password}
            show={t('account.show')}
          />
          <NativeSelect
            name="region"
            autoComplete="country"
            label={t('account.region')}
            description={t('account.regionHint')}
            error={errors.region}
            defaultValue={region}
            data={REGIONS.map((value) => ({ value, label: t(`region.${value}`) }))}
            size="md"
          />
          {register.error !== null && <ErrorPanel error={register.error} />}
          <Button type="submit" size="md" loading={register.isPending}>
            {t('account.register')}
          </Button>
        </form>
        <p className={classes.other}>
          {t('account.hasAccount')}{' '}
          <Link to="/sign-in" search={back === undefined ? {} : { back }}>
            {t('account.signIn')}
          </Link>
        </p>
      </Page>
    </div>
  )
}
