import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { needs } from './real.ts'

interface Asked {
  readonly found: string | undefined
  readonly skips: readonly string[]
}

/** Asks for Redis under these variables, as a test would. */
function ask(variables: Readonly<Record<'PATH' | 'REQUIRE_REAL', string>>): Asked {
  const before = { ...process.env }
  const skips: string[] = []
  const context = { skip: (reason: string) => skips.push(reason) } as unknown as TestContext
  try {
    Object.assign(process.env, variables)
    return { found: needs(context, 'redis'), skips }
  } finally {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}

test('real parts – the part is there – its address, and no skip', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rialto-real-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const program = join(folder, 'redis-server')
  writeFileSync(program, '')
  const asked = ask({ PATH: ['/nowhere', folder].join(delimiter), REQUIRE_REAL: '' })
  assert.deepEqual(asked, { found: program, skips: [] })
})

test('real parts – the part is missing – skipped by name, with what to do', () => {
  const asked = ask({ PATH: '', REQUIRE_REAL: '' })
  assert.deepEqual(asked, { found: undefined, skips: ['needs redis: install redis-server'] })
})

test('real parts – missing though real parts are required – the test fails', () => {
  assert.throws(() => ask({ PATH: '', REQUIRE_REAL: '1' }), /needs redis.*REQUIRE_REAL/)
})
