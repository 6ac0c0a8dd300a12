// Screens of a person. Whoever is not signed in, or not any more, is asked to, and comes back to where they were.

import { Navigate } from '@tanstack/react-router'
import { type ReactNode, useRef } from 'react'
import { useFoundation } from '../../ui/foundation.tsx'
import { useBack } from './use-back.ts'

export function SignedIn({ children }: { readonly children: ReactNode }) {
  const { session } = useFoundation()
  const here = useBack()
  const left = useRef<string>(undefined)
  if (session !== undefined) {
    left.current = undefined
    return children
  }
  // On the way the address is that of the sign-in already, while this is still drawn.
  left.current ??= here
  return <Navigate to="/sign-in" search={{ back: left.current }} replace />
}
