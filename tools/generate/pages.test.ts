import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { NOTICE } from './page.ts'
import { PAGES } from './pages.ts'

const root = join(import.meta.dirname, '..', '..')

for (const page of PAGES)
  test(`generated pages – ${page.path} – is what \`npm run generate\` writes now`, async () => {
    const text = await page.text(root)
    assert.ok(text.startsWith(NOTICE))
    assert.equal(readFileSync(join(root, page.path), 'utf8'), text)
  })

test('generated pages – decisions – every record has a title and a decision', async () => {
  const rows =
    (await PAGES[0]?.text(root))?.split('\n').filter((line) => line.startsWith('| [')) ?? []
  assert.ok(rows.length >= 10)
  for (const row of rows) assert.match(row, /^\| \[\d{4}\. .+\]\(.+\) \| .{20,} \|$/)
})
