// The alert rules as they are shipped: promtool reads them, every alert has been seen to fire and to keep silent, says what to do and
// names a page that exists.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { needs } from '@rialto/kernel/testing/real.ts'
import { ROOT } from './monitoring.ts'
import { ALERTMANAGER, alerts, PROMETHEUS, ruleFiles, targets } from './shipped.ts'

interface Run {
  readonly code: number
  readonly text: string
}

const run = (program: string, ...words: readonly string[]): Promise<Run> =>
  new Promise((resolve) => {
    execFile(program, words, { timeout: 60_000 }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, text: `${out}${err}` })
    })
  })

const casesIn = (folder: string): string[] =>
  readdirSync(join(folder, 'tests')).map((name) => join(folder, 'tests', name))

function copyOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rialto-rules-'))
  t.after(() => rmSync(folder, { recursive: true }))
  cpSync(PROMETHEUS, folder, { recursive: true })
  return folder
}

test('alerts – every one – says what to do, how soon, and names a page that tells of it', () => {
  const all = alerts()
  assert.ok(all.length >= 30, `${all.length} alerts`)
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length)
  const index = readFileSync(join(ROOT, 'docs/runbooks/README.md'), 'utf8')
  for (const { name, text } of all) {
    assert.match(text, /severity: (page|ticket)\b/, name)
    for (const word of ['summary', 'action'])
      assert.match(text, new RegExp(`^ +${word}: .{20,}`, 'm'), name)
    const page = /^ +runbook: (docs\/runbooks\/[a-z-]+\.md)$/m.exec(text)?.[1]
    assert.ok(page !== undefined && existsSync(join(ROOT, page)), `${name}: ${page}`)
    const listed = index.split('\n').find((line) => line.includes(`](${page.split('/').at(-1)})`))
    assert.match(listed ?? '', new RegExp(`\\b${name}\\b`), `${name} is not listed with ${page}`)
  }
})

test('alerts – every one – has a case in which it fires; silent cases are at least as many as half of them', () => {
  const cases = casesIn(PROMETHEUS)
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  for (const { name } of alerts())
    assert.ok(cases.includes(`{alertname="${name}"}`), `${name} never fires`)
  const all = cases.split(/^ {2}- name: /m).slice(1)
  const silent = all.filter((one) => !one.includes('exp_samples'))
  assert.ok(silent.length >= alerts().length / 2, `${silent.length} silent cases`)
})

test('alerts, their cases, dashboards – every problem that they name – is one that is answered', () => {
  const texts = [...ruleFiles(), ...casesIn(PROMETHEUS)].map((file) => readFileSync(file, 'utf8'))
  const all = [...texts, ...targets().map(({ expr }) => expr)].join('\n')
  const found = [...all.matchAll(/\bcode=~?"([^"]*)"/g)]
  const named = new Set(found.flatMap(([, codes = '']) => codes.split('|')))
  assert.ok(named.has('kernel.internal'))
  const errors = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')
  assert.deepEqual(
    [...named].filter((code) => !errors.includes(`| \`${code}\` |`)),
    [],
  )
})

test('promtool, amtool – what is shipped – both accept it, and every case holds', async (t) => {
  if (needs(t, 'prometheus') === undefined) return
  for (const { code, text } of await Promise.all([
    run('promtool', 'check', 'config', join(PROMETHEUS, 'prometheus.yml')),
    run('promtool', 'check', 'rules', ...ruleFiles()),
    run('promtool', 'test', 'rules', ...casesIn(PROMETHEUS)),
    run('amtool', 'check-config', ALERTMANAGER),
  ]))
    assert.equal(code, 0, text)
})

test('promtool – an alert whose threshold was moved – a case fails', async (t) => {
  if (needs(t, 'prometheus') === undefined) return
  const folder = copyOf(t)
  const file = join(folder, 'rules/money.yml')
  const text = readFileSync(file, 'utf8')
  const moved = text.replace(
    '(rialto_bus_letters_dead_events) > 0',
    '(rialto_bus_letters_dead_events) > 5',
  )
  assert.notEqual(moved, text)
  writeFileSync(file, moved)
  const { code, text: said } = await run(
    'promtool',
    'test',
    'rules',
    join(folder, 'tests/money.yml'),
  )
  assert.notEqual(code, 0)
  assert.match(said, /DeadLetters/)
})
