// What changes by itself is said to whoever cannot see it, politely and not more often than every two seconds: several
// things that happen at once are one sentence.

import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react'
import classes from './states.module.css'

const EVERY_MS = 2_000
const Announce = createContext<(text: string) => void>(() => {})

export function Announcer({ children }: { readonly children: ReactNode }) {
  const [said, setSaid] = useState('')
  const waiting = useRef<string[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const announce = useCallback((text: string) => {
    waiting.current.push(text)
    if (timer.current !== undefined) return
    const say = (): void => {
      timer.current = undefined
      if (waiting.current.length === 0) return
      setSaid(waiting.current.join(' '))
      waiting.current = []
      timer.current = setTimeout(say, EVERY_MS)
    }
    say()
  }, [])
  return (
    <Announce value={announce}>
      {children}
      <p className={classes.hidden} aria-live="polite" data-testid="announcer">
        {said}
      </p>
    </Announce>
  )
}

export const useAnnounce = (): ((text: string) => void) => useContext(Announce)
