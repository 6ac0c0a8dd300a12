import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { reaches, serverAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { scratchDirectory } from './scratch.ts'

const asRoot = process.getuid?.() === 0

function scratch(t: TestContext): string {
  const directory = scratchDirectory()
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A copy of the programs as an installation without install scripts leaves them: no library links. */
function incompleteCopy(parent: string): string {
  const { binaries } = findBinaries(serverAccount())
  const native = join(parent, 'native')
  cpSync(binaries.native, native, {
    recursive: true,
    filter: (path) => !lstatSync(path).isSymbolicLink(),
  })
  return native
}

const runs = (native: string): string =>
  spawnSync(join(native, 'bin', 'postgres'), ['--version'], {
    ...serverAccount(),
    cwd: '/',
    encoding: 'utf8',
  }).stdout

test('binaries – installed without their library links – get them, and run', async (t) => {
  const native = incompleteCopy(scratch(t))
  const missing = readFileSync(join(native, 'pg-symlinks.json'), 'utf8') !== '[]'
  if (missing) assert.equal(runs(native), '')
  const found = findBinaries(serverAccount(), { native, version: 'test' })
  assert.deepEqual(found, { binaries: { native, version: 'test' }, copied: false })
  assert.match(runs(native), /^postgres \(PostgreSQL\) \d+/)
})

test('binaries – where the server’s account cannot read them – are copied once to where it can', {
  skip: asRoot ? false : 'only root gives the server to another account',
}, async (t) => {
  const closed = mkdtempSync(join(tmpdir(), 'rialto-closed-'))
  t.after(() => rmSync(closed, { recursive: true }))
  const from = { native: incompleteCopy(closed), version: `test${process.pid}` }
  const first = findBinaries(serverAccount(), from)
  t.after(() => rmSync(first.binaries.native, { recursive: true }))
  assert.equal(first.copied, true)
  assert.equal(reaches(serverAccount(), first.binaries.native), true)
  assert.match(runs(first.binaries.native), /^postgres \(PostgreSQL\) \d+/)
  const made = statSync(first.binaries.native).ctimeMs
  const second = findBinaries(serverAccount(), from)
  assert.equal(second.binaries.native, first.binaries.native)
  assert.equal(statSync(second.binaries.native).ctimeMs, made)
})

test('binaries – a copy that somebody else has put there – is not run', {
  skip: asRoot ? false : 'only root gives the server to another account',
}, async (t) => {
  const closed = mkdtempSync(join(tmpdir(), 'rialto-closed-'))
  t.after(() => rmSync(closed, { recursive: true }))
  const from = { native: incompleteCopy(closed), version: `test${process.pid}b` }
  const copy = findBinaries(serverAccount(), from).binaries.native
  t.after(() => rmSync(copy, { recursive: true }))
  chmodSync(copy, 0o777)
  assert.throws(() => findBinaries(serverAccount(), from), /belongs to somebody else/)
})
