// Checks of a form's fields, made when it is sent. The first field that is wrong gets the focus, so that the keyboard is where the
// mending is.

import { useState } from 'react'

/** Fewer characters are refused by the platform. */
export const PASSWORD_MIN = 10

export const textOf = (form: FormData, name: string): string => {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

/** Field name → what is wrong with this value. */
type Checks<Name extends string> = Readonly<Record<Name, (value: string) => string | undefined>>

export function useFields<Name extends string>(checks: Checks<Name>) {
  const [errors, setErrors] = useState<Partial<Record<Name, string>>>({})
  const check = (element: HTMLFormElement): boolean => {
    const form = new FormData(element)
    const names = Object.keys(checks) as Name[]
    const found: Partial<Record<Name, string>> = {}
    for (const name of names) {
      const wrong = checks[name](textOf(form, name))
      if (wrong !== undefined) found[name] = wrong
    }
    setErrors(found)
    const first = names.find((name) => found[name] !== undefined)
    if (first !== undefined) element.querySelector<HTMLElement>(`[name="${first}"]`)?.focus()
    return first === undefined
  }
  return { errors, check }
}
