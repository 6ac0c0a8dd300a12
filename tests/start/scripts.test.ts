// The scripts behind the two commands of the README, on a machine where the pinned Node is not there yet.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const { scripts } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { scripts: Record<string, string> }

/** A program of a few lines, which writes down by which name it was called. */
function write(path: string, lines: readonly string[]): void {
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  chmodSync(path, 0o755)
}

test('scripts before start and test – the pinned Node comes with the first of them – everything after it runs on that Node', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'rialto-scripts-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const [old, pinned] = [join(root, 'old'), join(root, 'pinned')]
  for (const folder of [old, pinned]) mkdirSync(folder)
  // The machine's own Node installs the pinned one; whatever else it is given it cannot read. A shell keeps to the first it found.
  const log = (who: string) => `echo "${who} $*" >> ${join(root, 'log')}`
  write(join(pinned, 'node.later'), [log('pinned')])
  write(join(old, 'node'), [log('old'), `cp ${pinned}/node.later ${pinned}/node`])
  // npm looks the way up anew for every script that it runs.
  write(join(old, 'npm'), ['for last; do :; done', `eval "sh -c \\"\\$SCRIPT_$last\\""`])
  const env = {
    PATH: `${pinned}:${old}:/usr/bin:/bin`,
    ...Object.fromEntries(Object.entries(scripts).map(([name, text]) => [`SCRIPT_${name}`, text])),
  }
  for (const name of ['prestart', 'start', 'pretest', 'test']) {
    const { status, stderr } = spawnSync('sh', ['-c', scripts[name] as string], { env })
    assert.equal(status, 0, String(stderr))
  }
  const ran = readFileSync(join(root, 'log'), 'utf8').trimEnd().split('\n')
  assert.deepEqual(
    ran.filter((line) => line.startsWith('old')),
    ['old tools/install.cjs'],
  )
  assert.ok(ran.includes('pinned tools/pages.ts'), ran.join('; '))
})
