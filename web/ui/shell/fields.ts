// Checks of a form's fields, made when it is sent, and what the platform then refuses of them. The first field that is wrong gets the
// focus, so that the keyboard is where the mending is.

import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { refusedFields } from '../api/failure.ts'

/** Fewer characters are refused by the platform. */
export const PASSWORD_MIN = 10

export const textOf = (form: FormData, name: string): string => {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

/** Whether a text may be an address; whether it is one shows when a mail arrives. */
export const mayBeEmail = (text: string): boolean => /^[^\s@]+@[^\s@]+$/.test(text.trim())

/** Field name → what is wrong with this value. */
type Checks<Name extends string> = Readonly<Record<Name, (value: string) => string | undefined>>
type Errors<Name extends string> = Partial<Record<Name, string>>

const focusOn = (form: HTMLFormElement | undefined, name: string | undefined): void => {
  if (name !== undefined) form?.querySelector<HTMLElement>(`[name="${name}"]`)?.focus()
}

/** `refusal`: how sending the form failed. Fields that it names are marked until the form is sent again. */
export function useFields<Name extends string>(checks: Checks<Name>, refusal: unknown) {
  const { t } = useTranslation()
  const names = Object.keys(checks) as Name[]
  const [own, setOwn] = useState<Errors<Name>>({})
  const [answered, setAnswered] = useState<unknown>(null)
  const form = useRef<HTMLFormElement>(undefined)
  const refused =
    refusal === answered ? [] : names.filter((name) => refusedFields(refusal).has(name))
  const first = refused[0]
  // Another refusal of the same field is news too.
  useEffect(() => {
    if (refusal !== null) focusOn(form.current, first)
  }, [refusal, first])
  const check = (element: HTMLFormElement): boolean => {
    form.current = element
    setAnswered(refusal)
    const sent = new FormData(element)
    const found: Errors<Name> = {}
    for (const name of names) {
      const wrong = checks[name](textOf(sent, name))
      if (wrong !== undefined) found[name] = wrong
    }
    setOwn(found)
    const wrong = names.find((name) => found[name] !== undefined)
    focusOn(element, wrong)
    return wrong === undefined
  }
  const marks = Object.fromEntries(refused.map((name) => [name, t('error.field')]))
  return { errors: { ...(marks as Errors<Name>), ...own }, check }
}
