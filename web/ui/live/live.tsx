// The live connection of a page: what it brings goes to the queries that show it, its state to the badge.

import { useQueryClient } from '@tanstack/react-query'
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { isOfPerson } from '../api/of-person.ts'
import { useFoundation } from '../foundation.tsx'
import { type LiveEvent, type LiveState, openLive, type Wire } from './socket.ts'

const LiveContext = createContext<{
  readonly state: LiveState
  listen(hear: (event: LiveEvent) => void): () => void
}>({ state: 'off', listen: () => () => {} })

/** Which queries an event makes old, by the beginning of their keys. */
export type Affected = (event: LiveEvent) => readonly (readonly unknown[])[]

function openWire(): Wire {
  const address = new URL('/api/v1/push', location.href)
  address.protocol = address.protocol.replace('http', 'ws')
  const socket = new WebSocket(address)
  const wire: Wire = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (text) => socket.send(text),
    close: () => socket.close(),
  }
  socket.onopen = () => wire.onopen?.()
  socket.onmessage = ({ data }) => wire.onmessage?.({ data })
  socket.onclose = ({ code }) => wire.onclose?.({ code })
  return wire
}

const chance = (): number => (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 256

export function LiveUpdates({ affected, children }: { affected: Affected; children: ReactNode }) {
  const { sessions, session } = useFoundation()
  const queries = useQueryClient()
  const [state, setState] = useState<LiveState>('off')
  const listeners = useRef(new Set<(event: LiveEvent) => void>())
  const userId = session?.user.user_id
  useEffect(() => {
    if (userId === undefined) return
    const live = openLive({
      open: openWire,
      token: () => sessions.token(),
      renewed: () => sessions.renewed(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
      chance,
      onState: setState,
      onNews: (news) => {
        if (news.kind === 'gap') void queries.invalidateQueries({ predicate: isOfPerson })
        else {
          for (const queryKey of affected(news.event)) void queries.invalidateQueries({ queryKey })
          for (const hear of listeners.current) hear(news.event)
        }
      },
    })
    const online = (): void => live.network(true)
    const offline = (): void => live.network(false)
    addEventListener('online', online)
    addEventListener('offline', offline)
    live.start()
    return () => {
      removeEventListener('online', online)
      removeEventListener('offline', offline)
      live.stop()
    }
  }, [userId, sessions, queries, affected])
  const value = useMemo(
    () => ({
      state,
      listen: (hear: (event: LiveEvent) => void) => {
        listeners.current.add(hear)
        return () => void listeners.current.delete(hear)
      },
    }),
    [state],
  )
  return <LiveContext value={value}>{children}</LiveContext>
}

export const useLiveState = (): LiveState => useContext(LiveContext).state

export function useLiveEvents(hear: (event: LiveEvent) => void): void {
  const { listen } = useContext(LiveContext)
  useEffect(() => listen(hear), [listen, hear])
}
