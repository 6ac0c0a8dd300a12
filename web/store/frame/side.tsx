import { ActionIcon, Button, Menu } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { leave } from '../../ui/api/leave.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { LiveBadge } from '../../ui/live/badge.tsx'
import { Icon } from '../../ui/shell/icon.tsx'
import { cart } from '../data/cart.ts'
import classes from './frame.module.css'
import { useBack } from './use-back.ts'

function Account() {
  const { t } = useTranslation('store')
  const { session, ...parts } = useFoundation()
  const navigate = useNavigate()
  const go = async (): Promise<void> => {
    await navigate({ to: '/' })
    void leave(parts)
    cart.clear()
  }
  const name = session?.user.display_name ?? ''
  return (
    <Menu position="bottom-end" shadow="md" withinPortal={false}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={44}
          aria-label={t('account.menu', { name })}
        >
          <Icon name="person" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {name}
          <br />
          {session?.user.email}
        </Menu.Label>
        <Menu.Item onClick={() => void go()}>{t('account.signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** The account, or the way to one. */
export function Side() {
  const { t } = useTranslation('store')
  const { session } = useFoundation()
  const here = useBack()
  if (session !== undefined)
    return (
      <>
        <span className={classes.badge}>
          <LiveBadge />
        </span>
        <Account />
      </>
    )
  const search = /^\/(sign-in|register)\b/.test(here) ? {} : { back: here }
  return (
    <Button
      variant="light"
      renderRoot={(props) => <Link to="/sign-in" search={search} {...props} />}
    >
      {t('account.signIn')}
    </Button>
  )
}
