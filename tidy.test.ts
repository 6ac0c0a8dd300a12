// The house rules, as a test. Each ban names the better way (tools/tidy/bans.ts), each passed limit has its reason
// (tools/tidy/allowed.ts). tools/tidy/planted.test.ts plants what these rules must catch.

import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import { bans } from './tools/tidy/bans.ts'
import { layers } from './tools/tidy/layers.ts'
import { schemas } from './tools/tidy/schemas.ts'
import { migrations, openings, services, versions } from './tools/tidy/shape.ts'
import { sizes } from './tools/tidy/sizes.ts'
import { texts } from './tools/tidy/texts.ts'
import { type Rule, readTree } from './tools/tidy/tree.ts'
import { uses } from './tools/tidy/uses.ts'

const tree = readTree(import.meta.dirname)

const rules: readonly (readonly [string, Rule])[] = [
  ['imports go in one direction, stay in their workspace and are declared', layers],
  ['a service names in `uses` exactly the clients it takes', uses],
  ["SQL names only its own service's schema", schemas],
  ['files, functions, parameter lists and folders stay small', sizes],
  ['banned calls and forms do not occur', bans],
  ['no machine path, download address, unnumbered promise or dead link', texts],
  ['every service has the same shape', services],
  ['migrations are numbered without a gap', migrations],
  ['every dependency has one exact version', versions],
  ['every kernel file says first what it is for', openings],
]

for (const [expectation, rule] of rules)
  test(`tidy – the whole tree – ${expectation}`, () => {
    const found = rule(tree).map(({ path, line, message }) => `${path}:${line}: ${message}`)
    assert.ok(found.length === 0, `${found.length} found:\n${found.join('\n')}`)
  })

const count = (pattern: string): number =>
  globSync(pattern, { cwd: import.meta.dirname, exclude: ['**/node_modules'] }).length

/**
 * Below these the rules did not look at the project: a wrong folder, a scanner that matches nothing. What can be counted is;
 * raise the others as it grows.
 */
const AT_LEAST: Readonly<Record<string, number>> = {
  texts: 1_200,
  'files with imports': 1_000,
  imports: 5_700,
  functions: 9_500,
  'SQL statements': 1_200,
  folders: 215,
  services: count('services/*/package.json'),
  'service manifests': count('services/*/service.ts'),
  migrations: count('{kernel,services,apps}/**/migrations/*.sql'),
  dependencies: 160,
  'kernel files': 130,
  links: 140,
}

test('tidy – after all rules – they have seen at least what the project is known to have', () => {
  assert.ok(count('services/*/package.json') > 0)
  const seen = Object.keys(AT_LEAST).map((noun) => [noun, tree.seen.get(noun) ?? 0] as const)
  const tooFew = seen.filter(([noun, figure]) => figure < (AT_LEAST[noun] ?? 0))
  assert.deepEqual(tooFew, [], `saw ${JSON.stringify(Object.fromEntries(tree.seen))}`)
})
