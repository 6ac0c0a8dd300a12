// A password: it can be shown, pasted and filled in by a manager.

import '@mantine/core/styles/PasswordInput.css'
import { PasswordInput } from '@mantine/core'

export interface PasswordFieldProps {
  readonly autoComplete: 'current-password' | 'new-password'
  readonly label: string
  readonly description?: string
  readonly error: string | undefined
  /** Of the button that shows it. */
  readonly show: string
}

export function PasswordField({ error, show, ...props }: PasswordFieldProps) {
  return (
    <PasswordInput
      {...props}
      name="password"
      error={error}
      // The library marks its frame only, which a screen reader does not come by.
      aria-invalid={error === undefined ? undefined : true}
      visibilityToggleButtonProps={{ 'aria-label': show, tabIndex: 0 }}
      size="md"
    />
  )
}
