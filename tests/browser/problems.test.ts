// Whatever the platform can refuse a customer or an operator with, the pages say in words of theirs, in both languages.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { authProblems } from '@rialto/kernel/auth/problems.ts'
import { kernelProblems } from '@rialto/kernel/service/problems.ts'
import { wordsOf } from '@rialto/web/ui/words/problem-words.ts'
import { problemsEn } from '@rialto/web/ui/words/problems-en.ts'
import { problemsRu } from '@rialto/web/ui/words/problems-ru.ts'
import { offered } from '../security/routes.ts'

const web = join(import.meta.dirname, '..', '..', 'web')
/** Names of the routes that the console calls. */
const ofConsole = new Set(
  globSync('{console,ui}/**/*.{ts,tsx}', { cwd: web })
    .map((file) => readFileSync(join(web, file), 'utf8'))
    .flatMap((source) => [...source.matchAll(/\bapi\.call\((\w+)/g)].map(([, name]) => name)),
)

const ofPages = offered.filter(
  ({ access, raw, path, name }) =>
    raw !== true &&
    !/push-(key|subscriptions)/.test(path) &&
    (access === 'public' || access.includes('customer') || ofConsole.has(name)),
)
const kinds = [
  ...Object.values(kernelProblems),
  ...Object.values(authProblems),
  ...ofPages.flatMap(({ problems }) => problems),
]
const codes = [...new Set(kinds.map(({ code }) => code))]

/** What is said to whoever sends requests, and not to whoever reads pages. `trace id` is what the pages call it too. */
const FOR_PROGRAMS =
  /[`_/]|retry-after|idempotency|token|json|http|bearer|websocket|header|\bbody\b|\bkey\b|\bid\b/i

test('words – every refusal of a route that pages call – has its Russian words', () => {
  assert.ok(ofConsole.size >= 15, `${ofConsole.size} routes of the console`)
  assert.ok(codes.length >= 40, `${codes.length} codes`)
  assert.deepEqual(
    codes.filter((code) => problemsRu[code] === undefined),
    [],
  )
  for (const [code, [what, now]] of Object.entries(problemsRu))
    assert.match(`${what} ${now}`, /[а-яё].* .*[а-яё]/i, code)
})

test('words – every refusal of a route that pages call – is told in English to a reader, not to a program', () => {
  for (const kind of kinds) {
    const { what, now } = wordsOf(kind, 'en')
    assert.doesNotMatch(`${what}. ${now}`.replace('the trace id', ''), FOR_PROGRAMS, kind.code)
  }
  assert.deepEqual(
    Object.keys(problemsEn).filter((code) => problemsRu[code] === undefined),
    [],
  )
})
