// The frame of every page: a way past the header for the keyboard, the header with its places, the content, the footer.

import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import mark from './mark.svg'
import { Preferences } from './preferences.tsx'
import classes from './shell.module.css'

export interface ShellProps {
  /** The name beside the mark. */
  readonly name: ReactNode
  /** What the places are, for who does not see them. */
  readonly placesLabel: string
  readonly places: ReactNode
  /** On the right of the header: the account, the cart. */
  readonly side: ReactNode
  readonly footer: ReactNode
  readonly children: ReactNode
}

export function Mark() {
  return <img src={mark} width={32} height={32} alt="" />
}

export function Shell({ name, placesLabel, places, side, footer, children }: ShellProps) {
  const { t } = useTranslation()
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        {t('shell.skip')}
      </a>
      <header className={classes.header}>
        <div className={classes.bar}>
          <div className={classes.name}>{name}</div>
          <nav className={classes.places} aria-label={placesLabel}>
            {places}
          </nav>
          <div className={classes.side}>
            {side}
            <Preferences />
          </div>
        </div>
      </header>
      <main id="content" tabIndex={-1} className={classes.main}>
        {children}
      </main>
      <footer className={classes.footer}>{footer}</footer>
    </div>
  )
}
