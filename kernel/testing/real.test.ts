import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { needs } from './real.ts'

interface Asked {
  readonly found: string | undefined
  readonly skips: readonly string[]
}

/** Asks for Redis under these variables, as a test would. */
function ask(variables: Readonly<Record<'REDIS_URL' | 'REQUIRE_REAL', string>>): Asked {
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

test('real parts – the part is there – its address, and no skip', () => {
  const asked = ask({ REDIS_URL: 'redis://127.0.0.1:6379', REQUIRE_REAL: '' })
  assert.deepEqual(asked, { found: 'redis://127.0.0.1:6379', skips: [] })
})

test('real parts – the part is missing – skipped by name, with what to do', () => {
  const asked = ask({ REDIS_URL: '', REQUIRE_REAL: '' })
  assert.deepEqual(asked, { found: undefined, skips: ['needs redis: set REDIS_URL'] })
})

test('real parts – missing though real parts are required – the test fails', () => {
  assert.throws(() => ask({ REDIS_URL: '', REQUIRE_REAL: '1' }), /needs redis.*REQUIRE_REAL/)
})
