// The region whose prices are shown: the account's, or what a visitor chose.

import { useSyncExternalStore } from 'react'
import { useFoundation } from '../../ui/foundation.tsx'

export const REGIONS = ['RU', 'KZ'] as const
export type Region = (typeof REGIONS)[number]

const KEY = 'rialto.region'
const listeners = new Set<() => void>()

export const isRegion = (text: unknown): text is Region => REGIONS.some((one) => one === text)

const chosen = (): Region => {
  const kept = localStorage.getItem(KEY)
  return isRegion(kept) ? kept : 'RU'
}

export function chooseRegion(region: Region): void {
  localStorage.setItem(KEY, region)
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Where the reader buys. Of an account it cannot be chosen here. */
export function useRegion(): string {
  const { session } = useFoundation()
  const visitor = useSyncExternalStore(subscribe, chosen)
  return session?.user.region ?? visitor
}
