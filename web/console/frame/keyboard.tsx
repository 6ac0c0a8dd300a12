// The keyboard of the console: one place listens. Single keys can be switched off, because who dictates text, or has keys of their
// own, would set them off by accident; Ctrl K stays.

import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useGo } from './address.tsx'
import { Dialog } from './dialog.tsx'
import classes from './frame.module.css'
import { Palette } from './palette.tsx'

const OFF = 'rialto.console.keys-off'
/** The second key of two counts for so long after the first. */
const TOGETHER_MS = 3_000
const GOALS: Readonly<Record<string, string>> = {
  h: '/',
  o: '/orders',
  p: '/payments',
  e: '/events',
  d: '/dead-letters',
  c: '/conformance',
}

const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** Moves the focus among the rows of the list in sight. */
function stepRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.focus()
}

function Help({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('console')
  const [isOn, setOn] = useState(localStorage.getItem(OFF) === null)
  const change = (on: boolean): void => {
    setOn(on)
    if (on) localStorage.removeItem(OFF)
    else localStorage.setItem(OFF, 'yes')
  }
  const keys = [
    [['/'], t('help.search')],
    [['Ctrl', 'K'], t('help.palette')],
    [['j', 'k'], t('help.rows')],
    [['Enter'], t('help.open')],
    [['g', 'h o p e d c'], t('help.go')],
    [['↑ ↓', '←', '→'], t('help.walk')],
    [['?'], t('help.help')],
  ] as const
  return (
    <Dialog title={t('help.title')} onClose={onClose}>
      <dl className={classes.keys}>
        {keys.map(([names, text]) => (
          <div key={text} style={{ display: 'contents' }}>
            <dt>
              {names.map((name) => (
                <span key={name}>
                  <kbd>{name}</kbd>{' '}
                </span>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <label className={classes.single}>
        <input type="checkbox" checked={isOn} onChange={({ target }) => change(target.checked)} />
        {t('help.single')}
      </label>
      <p className={classes.soft}>{t('help.singleHint')}</p>
      <form method="dialog">
        <Button type="submit" variant="default">
          {t('help.close')}
        </Button>
      </form>
    </Dialog>
  )
}

export function Keyboard() {
  const [open, setOpen] = useState<'help' | 'palette' | undefined>(undefined)
  const go = useGo()
  const after = useRef({ key: '', at: 0 })
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault()
        setOpen('palette')
        return
      }
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey
      const isBusy = isWriting(event.target) || document.querySelector('dialog[open]') !== null
      if (!isPlain || isBusy || localStorage.getItem(OFF) !== null) return
      const isGoing = after.current.key === 'g' && event.timeStamp - after.current.at < TOGETHER_MS
      after.current = { key: event.key, at: event.timeStamp }
      const goal = GOALS[event.key]
      if (isGoing && goal !== undefined) go({ to: goal })
      else if (event.key === '?') setOpen('help')
      else if (event.key === 'j') stepRow(1)
      else if (event.key === 'k') stepRow(-1)
      else if (event.key === '/') {
        event.preventDefault()
        document.querySelector<HTMLInputElement>('[data-search]')?.focus()
      }
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [go])
  if (open === 'help') return <Help onClose={() => setOpen(undefined)} />
  if (open === 'palette') return <Palette onClose={() => setOpen(undefined)} />
  return null
}
