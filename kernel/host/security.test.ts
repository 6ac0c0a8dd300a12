import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { memoryKeyStore } from '../auth/key-store.ts'
import { Problem } from '../pure/problem.ts'
import { testClock } from '../testing/clock.ts'
import { testIds } from '../testing/ids.ts'
import { openSecurity } from './security.ts'

const subject = { sub: 'usr_1', roles: ['customer'], sid: 'ses_1' } as const

test('security – two processes over one data directory and one store, and a restart – know each other’s tokens', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'rialto-security-'))
  t.after(() => rm(dataDir, { recursive: true }))
  const keys = { store: memoryKeyStore() }
  const options = { dataDir, clock: testClock(), ids: testIds(), keys }
  const [one, two] = await Promise.all([openSecurity(options), openSecurity(options)])
  const { token } = await one.tokens.issueAccessToken(subject)
  assert.equal((await two.verifierOf(['public']).verify(token)).id, 'usr_1')
  assert.deepEqual(await one.jwks(), await two.jwks())
  const again = await openSecurity(options)
  assert.equal((await again.verifierOf(['public']).verify(token)).id, 'usr_1')
  assert.deepEqual(await readdir(join(dataDir, 'keys')), ['master.key'])
})

test('security – a door for the outside – takes no token of a service', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'rialto-security-'))
  t.after(() => rm(dataDir, { recursive: true }))
  const { tokens, verifierOf } = await openSecurity({
    ...{ dataDir, clock: testClock(), ids: testIds() },
    keys: { store: memoryKeyStore() },
  })
  const token = await tokens.serviceToken('orders')
  assert.equal((await verifierOf(['internal']).verify(token)).kind, 'service')
  await assert.rejects(
    verifierOf(['public']).verify(token),
    (error) => error instanceof Problem && error.kind.code === 'auth.token_foreign',
  )
})
