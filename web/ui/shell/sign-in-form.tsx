// The door of both pages. Nothing has to be remembered or solved: fields are named for password managers, pasting works, the
// password can be shown, and where the demo data is the demo person is one click away.

import { Button, TextInput } from '@mantine/core'
import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import { logIn } from '@rialto/contracts/accounts/http.ts'
import { useMutation } from '@tanstack/react-query'
import { readFacts } from '../facts.ts'
import { useFoundation } from '../foundation.tsx'
import { ErrorPanel } from '../parts/error-panel.tsx'
import { mayBeEmail, textOf, useFields } from './fields.ts'
import { PasswordField } from './password-field.tsx'
import classes from './sign-in.module.css'

interface Credentials {
  readonly email: string
  readonly password: string
}

/** Signs in; then whatever comes next. */
export function useSignIn(onSignedIn?: () => void) {
  const { api, sessions } = useFoundation()
  return useMutation({
    mutationFn: ({ email, password }: Credentials) =>
      api.call(logIn, { body: { email, password } }),
    onSuccess: (signed) => {
      sessions.signIn(signed)
      onSignedIn?.()
    },
  })
}

type Word =
  | ('email' | 'password' | 'show' | 'signIn')
  | ('needEmail' | 'needPassword' | 'demo' | 'demoHint')

export interface SignInFormProps {
  readonly signIn: ReturnType<typeof useSignIn>
  /** Whose demo login is offered. */
  readonly person: 'customer' | 'operator'
  readonly word: (name: Word) => string
}

function Demo({ signIn, person, word }: SignInFormProps) {
  const demo = demoLogins.find((login) => login.role === person)
  if (!readFacts().demo || demo === undefined) return null
  return (
    <div className={classes.demo}>
      <Button
        variant="light"
        fullWidth
        loading={signIn.isPending}
        onClick={() => signIn.mutate(demo)}
      >
        {word('demo')}
      </Button>
      <p>{word('demoHint')}</p>
    </div>
  )
}

export function SignInForm(props: SignInFormProps) {
  const { signIn, word } = props
  const checks = {
    email: (value: string) => (mayBeEmail(value) ? undefined : word('needEmail')),
    password: (value: string) => (value === '' ? word('needPassword') : undefined),
  }
  const { errors, check } = useFields(checks, signIn.error)
  return (
    <>
      <Demo {...props} />
      <form
        className={classes.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          if (check(event.currentTarget))
            signIn.mutate({
              email: textOf(form, 'email').trim(),
              password: textOf(form, 'password'),
            })
        }}
      >
        <TextInput
          name="email"
          type="email"
          autoComplete="username"
          label={word('email')}
          error={errors.email}
          size="md"
        />
        <PasswordField
          autoComplete="current-password"
          label={word('password')}
          error={errors.password}
          show={word('show')}
        />
        {signIn.error !== null && <ErrorPanel error={signIn.error} />}
        <Button type="submit" size="md" loading={signIn.isPending}>
          {word('signIn')}
        </Button>
      </form>
    </>
  )
}
