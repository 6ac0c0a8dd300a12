import { registerUser } from '@rialto/contracts/accounts/http.ts'
import { clientKey } from '@rialto/kernel/http/limits.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { feature, reply } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { type Weakness, weaknessOf } from '../domain/password.ts'
import { problems } from '../errors.ts'
import { openAccount } from './open-account.ts'

const WORDS: Readonly<Record<Weakness, string>> = {
  short: 'It has fewer than 10 characters.',
  repeated: 'It repeats one or two characters.',
  known: 'It is among the first that anybody tries.',
  email: 'It is the e-mail address.',
}

/** Throws `weak_password`. */
export function refuseWeak(password: string, email: string): void {
  const weakness = weaknessOf(password, email)
  if (weakness === undefined) return
  const detail = WORDS[weakness]
  throw new Problem(problems.weak_password, {
    detail,
    errors: [{ pointer: '/password', detail }],
  })
}

export const register = feature<typeof registerUser, {}, Parts, string>(registerUser, {
  ask: async ({ input, parts }) => {
    await parts.limits.registrations.consume(clientKey(input.ip))
    const { password, email } = input.body
    refuseWeak(password, email)
    return parts.passwords.hash(password)
  },
  act: async ({ tx, input, facts: passwordHash, parts, now }) => {
    const { email, display_name: displayName, region = 'RU', locale = 'ru' } = input.body
    const account = {
      email,
      displayName,
      passwordHash,
      region,
      locale,
      roles: ['customer'] as const,
    }
    return reply(201, await openAccount(tx, account, { parts, now }))
  },
})
