// What every page stands on: the look, the words, the session, the client, the cache of what was read.

import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react'
import { type Api, openApi } from './api/client.ts'
import { asFailure } from './api/failure.ts'
import { forgetOnChange } from './api/of-person.ts'
import { renewalBy } from './api/renewal.ts'
import { type Session, Sessions } from './api/session.ts'
import { browserClock } from './clock.ts'
import { nonce } from './look/nonce.ts'
import { theme } from './look/theme.ts'

export interface Parts {
  readonly sessions: Sessions
  readonly api: Api
  readonly queries: QueryClient
}

const FRESH_MS = 10_000
const RETRIES = 2
/** Without a network a press fails now. Kept for later it would be carried out when nobody wants it any more, or for somebody else. */
const AT_ONCE = { networkMode: 'always' } as const

/** Opens what lives as long as the page. */
export function openParts(sessionKey?: string): Parts {
  const sessions = new Sessions(localStorage, browserClock, sessionKey)
  addEventListener('storage', sessions.follow)
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        ...AT_ONCE,
        staleTime: FRESH_MS,
        refetchOnReconnect: true,
        retry: (failures, error) => failures < RETRIES && asFailure(error)?.isPassing === true,
      },
      mutations: { ...AT_ONCE, retry: false },
    },
  })
  forgetOnChange(sessions, queries)
  const api = openApi({ sessions, fetch: (...args) => fetch(...args) })
  sessions.renew = renewalBy(api)
  return { sessions, api, queries }
}

const PartsContext = createContext<Parts | undefined>(undefined)

export function Foundation({ parts, children }: { parts: Parts; children: ReactNode }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={nonce}>
      <QueryClientProvider client={parts.queries}>
        <PartsContext value={parts}>{children}</PartsContext>
      </QueryClientProvider>
    </MantineProvider>
  )
}

/** The page's parts, and who is signed in: drawn again when that changes. */
export function useFoundation(): Parts & { readonly session: Session | undefined } {
  const parts = useContext(PartsContext)
  if (parts === undefined) throw new Error('a page is drawn inside <Foundation>')
  const { subscribe, current } = parts.sessions
  return { ...parts, session: useSyncExternalStore(subscribe, current) }
}
