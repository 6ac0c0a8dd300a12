// Writes everything that is generated from something else: `npm run generate`, or `node tools/generate.ts <name>…` for some.
// Tests beside each generator check that what is committed is what it would write.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BOARDS, fileOf, jsonOf } from './dashboards/build.ts'
import { PAGES } from './generate/pages.ts'
import { generateProto } from './generate/proto.ts'

const root = join(import.meta.dirname, '..')

async function writePages(): Promise<void> {
  for (const page of PAGES) {
    const file = join(root, page.path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, await page.text(root))
  }
}

const GENERATORS: Readonly<Record<string, () => Promise<void>>> = {
  proto: () => generateProto(),
  pages: writePages,
  dashboards: async () => {
    for (const board of BOARDS) writeFileSync(join(root, fileOf(board)), jsonOf(board))
  },
}

async function generate(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in GENERATORS))
  if (unknown.length > 0)
    throw new Error(
      `no generator is called ${unknown.join(', ')}; there are ${Object.keys(GENERATORS).join(', ')}`,
    )
  for (const [name, write] of Object.entries(GENERATORS)) {
    if (names.length > 0 && !names.includes(name)) continue
    await write()
    process.stdout.write(`${name}: written\n`)
  }
}

await generate(process.argv.slice(2))
