import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import { type Weakness, weaknessOf } from './password.ts'

const EMAIL = 'long.mailbox@example.org'

const CASES: readonly (readonly [string, Weakness | undefined])[] = [
  ['', 'short'],
  ['123456789', 'short'],
  // Ten UTF-16 units, five characters.
  ['🙂🙃😉😀😁', 'short'],
  ['aaaaaaaaaaaa', 'repeated'],
  ['abababababab', 'repeated'],
  ['Password123', 'known'],
  ['QWERTYUIOP', 'known'],
  ['йцукенгшщз', 'known'],
  // Full-width forms of the same letters.
  ['ｐａｓｓｗｏｒｄ１２３', 'known'],
  ['Long.Mailbox@example.org', 'email'],
  ['long.mailbox', 'email'],
  ['wet lanterns', undefined],
  ['дождь и фонари', undefined],
]

test('password – short, repeated, well known or the address itself – is named as what it is', () => {
  for (const [password, expected] of CASES)
    assert.equal(weaknessOf(password, EMAIL), expected, JSON.stringify(password))
})

test('password – of each demo login – would pass', () => {
  for (const { email, password } of demoLogins)
    assert.equal(weaknessOf(password, email), undefined, email)
})
