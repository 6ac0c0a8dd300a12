// Whatever the platform can refuse a customer with, the pages say in Russian too.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authProblems } from '@rialto/kernel/auth/problems.ts'
import { kernelProblems } from '@rialto/kernel/service/problems.ts'
import { problemsRu } from '@rialto/web/ui/words/problems-ru.ts'
import { offered } from '../security/routes.ts'

const ofCustomers = offered.filter(
  ({ access, raw, path }) =>
    raw !== true &&
    !/push-(key|subscriptions)/.test(path) &&
    (access === 'public' || access.includes('customer')),
)

test('words – every refusal of a route for customers – has its Russian words', () => {
  const kinds = [
    ...Object.values(kernelProblems),
    ...Object.values(authProblems),
    ...ofCustomers.flatMap(({ problems }) => problems),
  ]
  const codes = [...new Set(kinds.map(({ code }) => code))]
  assert.ok(codes.length >= 40, `${codes.length} codes`)
  assert.deepEqual(
    codes.filter((code) => problemsRu[code] === undefined),
    [],
  )
  for (const [code, [what, now]] of Object.entries(problemsRu))
    assert.match(`${what} ${now}`, /[а-яё].* .*[а-яё]/i, code)
})
