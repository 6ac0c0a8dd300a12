// Proves the bite of the house rules: a small tree that breaks none of them, and cheats planted into it one at a time, each of
// which must be found in its file and by its name, and must be the only thing found.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { bans } from './bans.ts'
import { layers } from './layers.ts'
import { type Files, feature, HONEST } from './planted/honest.ts'
import { OUT_OF_SHAPE } from './planted/shapes.ts'
import { OVER_THE_WALL } from './planted/walls.ts'
import { BANNED, UNSTRIPPABLE } from './planted/words.ts'
import { schemas } from './schemas.ts'
import { migrations, openings, services, versions } from './shape.ts'
import { sizesWith } from './sizes.ts'
import { texts } from './texts.ts'
import { readTree } from './tree.ts'
import { uses } from './uses.ts'

const RULES = [
  layers,
  uses,
  schemas,
  sizesWith([]),
  bans,
  texts,
  services,
  migrations,
  versions,
  openings,
]

function findings(t: TestContext, files: Files): string[] {
  const root = mkdtempSync(join(tmpdir(), 'tidy-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const tree = readTree(root)
  return RULES.flatMap((rule) => rule(tree)).map(
    ({ rule, path, message }) => `${rule} ${path}: ${message}`,
  )
}

test('tidy – an honest tree – nothing is found', (t) => {
  assert.deepEqual(findings(t, HONEST), [])
})

for (const { name, files, found } of [
  ...OVER_THE_WALL,
  ...OUT_OF_SHAPE,
  ...BANNED,
  ...UNSTRIPPABLE,
])
  test(`tidy – ${name} – it is found, and nothing else`, (t) => {
    const all = findings(t, { ...HONEST, ...files })
    assert.match(all.join('\n'), found)
    assert.deepEqual(
      all.filter((finding) => !found.test(finding)),
      [],
    )
  })

test('tidy – banned words in strings and comments – they are not taken for calls', (t) => {
  const text =
    "// Date.now() and any: would be wrong.\nexport const x = 'Math.random() as any'\nexport const y = /new Date()/\n"
  assert.deepEqual(findings(t, { ...HONEST, [feature]: text }), [])
})
