// The cart: ids of games, kept in the browser until they are ordered. Prices are never kept: they are asked for when shown.

import { useSyncExternalStore } from 'react'

const KEY = 'rialto.cart'
const MAX_ITEMS = 20
const NONE: readonly string[] = []

const listeners = new Set<() => void>()
let known: { readonly text: string | null; readonly ids: readonly string[] } = {
  text: null,
  ids: NONE,
}

function parsed(text: string | null): readonly string[] {
  try {
    const ids: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : NONE
  } catch {
    return NONE
  }
}

/** The same list as long as nothing changed, so that nothing is drawn again for nothing. */
function current(): readonly string[] {
  const text = localStorage.getItem(KEY)
  if (text !== known.text) known = { text, ids: parsed(text) }
  return known.ids
}

function set(ids: readonly string[]): void {
  localStorage.setItem(KEY, JSON.stringify(ids))
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    removeEventListener('storage', listener)
  }
}

export const cart = {
  add: (id: string): void => {
    if (!current().includes(id)) set([...current(), id].slice(-MAX_ITEMS))
  },
  remove: (...ids: readonly string[]): void => set(current().filter((id) => !ids.includes(id))),
  clear: (): void => set([]),
} as const

export const useCart = (): readonly string[] => useSyncExternalStore(subscribe, current)
