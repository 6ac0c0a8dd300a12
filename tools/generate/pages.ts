// Pages made from the code or from other pages. `npm run generate` writes them; a test compares, so that none grows old.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NOTICE, type Page } from './page.ts'
import { REFERENCE } from './reference.ts'

const titleOf = (text: string): string => /^# (.+)$/m.exec(text)?.[1] ?? ''

/** The quotable line: what stands in bold first under the heading. */
const decisionOf = (text: string): string =>
  (/^## Decision\n+\*\*([\s\S]+?)\*\*/m.exec(text)?.[1] ?? '').replaceAll('\n', ' ')

const decisions: Page = {
  path: 'docs/adr/README.md',
  text(root) {
    const folder = join(root, 'docs', 'adr')
    const rows = readdirSync(folder)
      .filter((name) => /^\d{4}-.+\.md$/.test(name))
      .sort()
      .map((name) => {
        const text = readFileSync(join(folder, name), 'utf8')
        return `| [${titleOf(text)}](${name}) | ${decisionOf(text)} |`
      })
    return [NOTICE, '', '# Decisions', '', '| record | decision |', '|---|---|', ...rows, ''].join(
      '\n',
    )
  },
}

export const PAGES: readonly Page[] = [decisions, ...REFERENCE]
