// The door of the console. Whoever is no operator is told where their own things are.

import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { leave } from '../../ui/api/leave.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import { SignInForm, useSignIn } from '../../ui/shell/sign-in-form.tsx'
import classes from './frame.module.css'
import { Page } from './page.tsx'

export function SignIn() {
  const { t } = useTranslation('console')
  const { sessions } = useFoundation()
  const signIn = useSignIn()
  return (
    <div className={classes.narrow}>
      <Page title={t('account.signIn')}>
        {sessions.hasRunOut() && <p role="status">{t('account.over')}</p>}
        <SignInForm signIn={signIn} person="operator" word={(name) => t(`account.${name}`)} />
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
