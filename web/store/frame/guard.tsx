// Screens of a person. Whoever is not signed in, or not any more, is asked to, and comes back to where they were.

import { Navigate, useRouterState } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useFoundation } from '../../ui/foundation.tsx'

export function SignedIn({ children }: { readonly children: ReactNode }) {
  const { session } = useFoundation()
  const path = useRouterState({ select: (state) => state.location.pathname })
  if (session !== undefined) return children
  return <Navigate to="/sign-in" search={{ back: path }} replace />
}
