// The frame of every page: a way past the header for the keyboard, the header with its places, the content, the footer.

import { type ReactNode, useEffect } from 'react'
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

/**
 * What had the focus may go away under it: a line that is taken out, a button that has done its work. The keyboard and the screen reader
 * then go on at the content, and not at the beginning of the page.
 */
function useFocusKept(): void {
  useEffect(() => {
    const content = document.getElementById('content')
    if (content === null) return
    let last: EventTarget | null = null
    const onFocus = ({ target }: FocusEvent): void => {
      last = target
    }
    // Whoever pressed elsewhere since has left it.
    const onPress = ({ target }: PointerEvent): void => {
      if (last instanceof Node && target instanceof Node && !last.contains(target)) last = null
    }
    const gone = new MutationObserver(() => {
      if (!(last instanceof Node) || last.isConnected) return
      last = null
      if (document.activeElement === document.body) content.focus({ preventScroll: true })
    })
    gone.observe(content, { childList: true, subtree: true })
    content.addEventListener('focusin', onFocus)
    document.addEventListener('pointerdown', onPress)
    return () => {
      gone.disconnect()
      content.removeEventListener('focusin', onFocus)
      document.removeEventListener('pointerdown', onPress)
    }
  }, [])
}

export function Shell({ name, placesLabel, places, side, footer, children }: ShellProps) {
  const { t } = useTranslation()
  useFocusKept()
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
