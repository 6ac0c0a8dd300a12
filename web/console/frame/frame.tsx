// The frame of every screen of the console, and its door: only an operator comes further.

import { Button } from '@mantine/core'
import { Outlet } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { leave } from '../../ui/api/leave.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { Mark, Shell } from '../../ui/shell/shell.tsx'
import { Go, usePath } from './address.tsx'
import classes from './frame.module.css'
import { Keyboard } from './keyboard.tsx'
import { NotOperator, SignIn } from './sign-in.tsx'

const PLACES = [
  ['/', 'overview'],
  ['/orders', 'orders'],
  ['/payments', 'payments'],
  ['/events', 'events'],
  ['/dead-letters', 'letters'],
  ['/conformance', 'conformance'],
] as const

function Places() {
  const { t } = useTranslation('console')
  return (
    <div className={classes.places}>
      {PLACES.map(([to, name]) => (
        <Go
          key={to}
          to={to}
          className={classes.place}
          activeOptions={{ exact: to === '/', includeSearch: false }}
        >
          {t(`place.${name}`)}
        </Go>
      ))}
    </div>
  )
}

function Side() {
  const { t } = useTranslation('console')
  const parts = useFoundation()
  const name = parts.session?.user.display_name ?? ''
  return (
    <>
      <span className={classes.person}>{name}</span>
      <Button variant="subtle" color="gray" onClick={() => void leave(parts)}>
        {t('account.signOut')}
      </Button>
    </>
  )
}

/** After a change of screen the keyboard and the screen reader begin at the content, as after a load. */
function useFocusOnChange(): void {
  const path = usePath()
  const last = useRef(path)
  useEffect(() => {
    if (last.current === path) return
    last.current = path
    document.getElementById('content')?.focus({ preventScroll: true })
  }, [path])
}

export function Frame() {
  const { t } = useTranslation('console')
  const { session } = useFoundation()
  useFocusOnChange()
  const isOperator = session?.user.roles.includes('operator') === true
  const name = (
    <a href="/console" className={classes.name}>
      <Mark />
      <span>Rialto</span> <small>{t('title')}</small>
    </a>
  )
  return (
    <Shell
      name={name}
      placesLabel={t('place.main')}
      places={isOperator ? <Places /> : null}
      side={session === undefined ? null : <Side />}
      footer={
        <div className={classes.foot}>
          <a href="/store">{t('place.store')}</a>
          <a href="/docs">{t('place.docs')}</a>
        </div>
      }
    >
      {session === undefined ? (
        <SignIn />
      ) : isOperator ? (
        <>
          <Keyboard />
          <Outlet />
        </>
      ) : (
        <NotOperator />
      )}
    </Shell>
  )
}
