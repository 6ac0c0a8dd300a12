// Links and addresses of the console. The router's own types know the store's addresses, whose router is registered with them; so
// the console names its addresses here.

import { Link, useNavigate, useParams, useRouterState, useSearch } from '@tanstack/react-router'
import type { ComponentType, ReactNode } from 'react'

export type Search = Readonly<Record<string, string | undefined>>

export interface GoProps {
  readonly to: string
  readonly search?: Search
  readonly className?: string | undefined
  readonly children: ReactNode
  readonly 'aria-label'?: string
  readonly 'aria-current'?: 'page' | undefined
  readonly 'data-row'?: boolean
  readonly title?: string
  readonly activeOptions?: { readonly exact?: boolean; readonly includeSearch?: boolean }
  /** Where the page stays as it is scrolled. */
  readonly resetScroll?: boolean
  readonly replace?: boolean
}

export const Go = Link as unknown as ComponentType<GoProps>

export const useAddress = (): Search => useSearch({ strict: false }) as Search

export const useParam = (name: string): string =>
  (useParams({ strict: false }) as Record<string, string>)[name] ?? ''

export interface Going {
  readonly to?: string
  readonly search?: Search
  readonly replace?: boolean
  readonly resetScroll?: boolean
}

export const useGo = (): ((going: Going) => void) => {
  const navigate = useNavigate() as unknown as (going: Going) => Promise<void>
  return (going) => void navigate({ ...going, search: clean(going.search ?? {}) })
}

export const usePath = (): string => useRouterState({ select: (state) => state.location.pathname })

/** Without what is empty. */
export const clean = (search: Search): Record<string, string> =>
  Object.fromEntries(
    Object.entries(search).flatMap(([name, value]): [string, string][] =>
      value === undefined || value === '' ? [] : [[name, value]],
    ),
  )
