// No service names another one's tables. The database role would refuse it at run time; this refuses it before. The tables of
// the machinery (`bus`, `kernel`, `pgboss`) are the kernel's alone, and the kernel knows no service's.

import { lineAt } from './scan/source.ts'
import {
  count,
  type File,
  type Finding,
  isCode,
  isTest,
  type Rule,
  serviceOf,
  type Tree,
} from './tree.ts'

const MACHINERY = ['bus', 'kernel', 'pgboss']
const SQL_WORDS =
  /\b(select|insert\s+into|update|delete\s+from|create\s+(table|index|function|trigger)|alter\s+table|truncate|grant|call)\b/i
const SQL_TAGS = new Set(['sql', 'rawSql'])

interface Statement {
  readonly text: string
  readonly start: number
}

/** SQL comments may speak of anybody's tables. */
const withoutComments = (text: string): string =>
  text.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))

function statementsOf(file: File): Statement[] {
  if (file.path.endsWith('.sql')) {
    // One finding a line is enough, so a script is read as a whole; its statements are counted by their ends.
    return [{ text: withoutComments(file.text), start: 0 }]
  }
  return file.source.literals
    .filter(
      ({ tag, text }) =>
        SQL_TAGS.has(tag) || (SQL_WORDS.test(text) && /\b[a-z_]+\.[a-z_]+\b/.test(text)),
    )
    .map(({ text, start }) => ({ text: withoutComments(text), start }))
}

const countStatements = (file: File, statements: readonly Statement[]): number =>
  file.path.endsWith('.sql') ? file.text.split(/;\s*$/m).length - 1 : statements.length

/** Schemas that this file must not name; undefined: it may name all. */
function forbiddenIn(tree: Tree, path: string): string[] | undefined {
  const services = [...(tree.folders.get('services') ?? [])]
  const own = serviceOf(path)
  if (own !== undefined) {
    const machinery = isTest(path) ? [] : MACHINERY
    return [...services.filter((name) => name !== own), ...machinery]
  }
  if (path.startsWith('kernel/') && !isTest(path)) return services
  if (/^(apps|sandbox|flows|contracts)\//.test(path) && !isTest(path))
    return [...services, ...MACHINERY]
  return undefined
}

function namedIn(
  statement: Statement,
  schemas: readonly string[],
): { schema: string; at: number }[] {
  // A dot, a dash or a single quote before the name means a column, a word or a value; double quotes do not hide a schema.
  const pattern = new RegExp(`(?<![\\w.@/'-])"?(${schemas.join('|')})"?\\s*\\.\\s*"?[a-z_]+`, 'gi')
  return [...statement.text.matchAll(pattern)].map((match) => ({
    schema: (match[1] ?? '').toLowerCase(),
    at: statement.start + match.index,
  }))
}

export const schemas: Rule = (tree) =>
  tree.files.flatMap((file): Finding[] => {
    if (!isCode(file.path) && !file.path.endsWith('.sql')) return []
    const statements = statementsOf(file)
    count(tree, 'SQL statements', countStatements(file, statements))
    const forbidden = forbiddenIn(tree, file.path)
    if (forbidden === undefined || forbidden.length === 0) return []
    return statements.flatMap((statement) =>
      namedIn(statement, forbidden).map(({ schema, at }) => ({
        rule: 'schemas',
        path: file.path,
        line: lineAt(file.text, at),
        message: MACHINERY.includes(schema)
          ? `SQL names the machinery's schema ${schema}: the kernel has a function for it`
          : `SQL names the schema of ${schema}: ask through its client, or keep what its events told you`,
      })),
    )
  })
