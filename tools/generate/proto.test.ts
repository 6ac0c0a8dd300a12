import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { generateProto, lintProto } from './proto.ts'

const committed = fileURLToPath(new URL('../../contracts/gen', import.meta.url))

async function filesOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const texts = files
    .sort()
    .map(async (file) => [file.slice(folder.length), await readFile(file, 'utf8')] as const)
  return new Map(await Promise.all(texts))
}

test('contracts/gen – generated anew – is what is committed; run `npm run generate` otherwise', async (t) => {
  const into = await mkdtemp(join(tmpdir(), 'rialto-proto-'))
  t.after(() => rm(into, { recursive: true }))
  await generateProto(into)
  const generated = await filesOf(join(into, 'gen'))
  assert.ok(generated.has('/catalog/pricing_pb.ts'))
  assert.deepEqual(await filesOf(committed), generated)
})

test('.proto files – linted by buf – nothing to say', () => lintProto())
