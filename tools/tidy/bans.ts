// Calls and words that are banned, each with the better way. Patterns run over code whose strings and comments are blanked,
// unless `raw` says that it is the comment that is meant.

import { pauses } from './allowed.ts'
import { lineAt } from './scan/source.ts'
import { codeOf, count, type File, type Finding, isTest, type Rule } from './tree.ts'

interface Ban {
  readonly name: string
  readonly pattern: RegExp
  readonly instead: string
  /** Where it is the right thing; absent: nowhere. */
  readonly except?: (path: string) => boolean
  readonly raw?: boolean
}

const under =
  (...folders: readonly string[]) =>
  (path: string): boolean =>
    folders.some((folder) => path.startsWith(folder))
const runsByHand = under('tools/', 'bench/')
const readsEnvironment = (path: string): boolean =>
  isTest(path) ||
  runsByHand(path) ||
  path.startsWith('kernel/config/') ||
  path.startsWith('deploy/image/') ||
  /^(apps|sandbox)\/[^/]+\/main\.ts$/.test(path)
const notATest = (path: string): boolean => !isTest(path) || path.includes('testing/')

const CALLS: readonly Ban[] = [
  {
    name: 'Date.now',
    pattern: /\bDate\.now\b/,
    instead: 'ask the injected clock (ctx.now()); a duration is measured with performance.now()',
    except: under('kernel/host/clock.ts', 'web/ui/clock.ts'),
  },
  {
    name: 'new Date()',
    pattern: /\bnew Date\(\s*\)|\bTemporal\.Now\b/,
    instead: 'ask the injected clock (ctx.now())',
    except: under('kernel/host/clock.ts'),
  },
  {
    name: 'Math.random',
    pattern: /\bMath\.random\b/,
    instead:
      'take ids from the injected Ids, secrets from node:crypto, jitter from kernel/pure/backoff.ts',
  },
  {
    name: 'parseFloat',
    pattern: /\bparseFloat\b/,
    instead: 'money is bigint minor units: kernel/pure/money.ts',
  },
  {
    name: 'Number() on money',
    pattern: /\b(Number|parseInt)\([^()]*([mM]inor|[aA]mount|[pP]rice|[bB]alance)|\.toFixed\(/,
    instead: 'money is bigint minor units and is formatted by kernel/pure/money.ts',
    except: (path) => runsByHand(path) || path.startsWith('kernel/pure/money'),
  },
  {
    name: 'process.env',
    pattern: /\bprocess\.env\b/,
    instead: 'the environment is read once, by kernel/config, and handed on as values',
    except: readsEnvironment,
  },
  {
    name: 'console',
    pattern: /\bconsole\.(log|info|warn|error|debug|table|dir)\b/,
    instead: 'use ctx.log: one JSON line an event, with secrets taken out',
    except: under('apps/', 'tools/', 'bench/', 'tests/'),
  },
  {
    name: 'sleep in a test',
    // A poll of a condition is one line with its `while`; what is banned is to wait and hope.
    pattern:
      /^(?!.*\b(while|for)\b).*(\bsetTimeout\(\s*(resolve|done|ok|r|res)\b|\bawait\s+(sleep|delay|pause|setTimeout)\()/m,
    instead: 'wait for the condition itself, or move the test clock',
    except: (path) => notATest(path) || pauses.some(({ of }) => path.startsWith(of)),
  },
  {
    name: 'skipped without a reason',
    pattern:
      /\b(test|it|describe|suite)\.(skip|todo)\b|\bt\.(skip|todo)\(\s*\)|\b(skip|todo):\s*(true\b|''|"")/,
    instead: "say why, for the list of the skipped: { skip: isThere ? false : 'what it needs' }",
    except: notATest,
  },
  {
    name: 'test.only',
    pattern: /\b(test|it|describe|suite)\.only\b|\bonly:\s*true\b/,
    instead: 'a gate that runs one test passes for nothing: remove it',
  },
  {
    name: 'pathname of a file',
    pattern: /\bimport\.meta\.url\b[^;\n]*\)\.pathname\b/,
    instead: 'use fileURLToPath: a folder with a space in its name stays encoded in pathname',
  },
  {
    name: 'import of a computed name',
    pattern: /\bimport\((?!\s*['"])|\bcreateRequire\b/,
    instead: 'import by a literal name, so that the wall can be seen',
    // The server's programs come as one package a platform, so its name is only known at run time.
    except: under('tools/', 'kernel/db/embedded/binaries.ts'),
  },
]

const FORMS: readonly Ban[] = [
  {
    name: 'any',
    pattern: /([:<,|&(=]|\bas|\breadonly|\bkeyof)\s*any\b(?!\s*[:(.'])/,
    instead: 'use unknown and narrow it, or a type parameter',
    except: under('kernel/pure/contract.ts'),
  },
  {
    name: 'ts-ignore',
    pattern: /@ts-(ignore|expect-error|nocheck)\b/,
    instead: 'make the types tell the truth',
    raw: true,
  },
  {
    name: 'enum',
    pattern: /^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s+\w+\s*\{/m,
    instead: 'use a union of string literals: Node cannot strip an enum',
  },
  {
    name: 'namespace',
    pattern: /^\s*(export\s+)?(declare\s+)?(namespace|module)\s+[\w.]+\s*\{/m,
    instead: 'a file is the namespace: Node cannot strip one',
  },
  {
    name: 'default export',
    pattern: /\bexport\s+default\b|\bexport\s*\{[^}]*\bas\s+default\b/,
    instead: 'export by name, so that a thing is called the same everywhere',
    except: (path) => /(^|\/)vite\.config\.ts$/.test(path) || path === 'tools/test/reporter.ts',
  },
  {
    name: 'decorator',
    pattern: /^\s*@[A-Za-z]\w*(\(|\s*$)/m,
    instead: 'wire by hand in one readable place',
  },
  {
    name: 'vague name',
    pattern:
      /\b(class|interface|type)\s+(\w+(Service|Manager|Helper|Utils?|Base|Impl|DTO)|I[A-Z][a-z]\w*)\b(?=\s*(<|=|\{|extends|implements))/,
    instead: 'name the thing itself: what it does or what it is',
  },
]

const DRAWERS = /(^|\/)(utils?|common|shared|lib|libs|misc|helpers?)(\/|\.tsx?$)|(^|\/)types\.ts$/
const FILE_NAME = /^[a-z0-9]+([-.][a-z0-9]+)*\.(ts|tsx|cjs|mjs|js)$/

const REEXPORT = /\bexport\s+(?:type\s+)?(\*(?:\s*as\s+\w+)?|\{[^}]*\})\s*from\s*(['"]) *\2/g

/** A file that only passes on what others have. One name from one file is a door (the contracts' own problems), not a barrel. */
function isBarrel(file: File): boolean {
  const reexports = [...file.source.code.matchAll(REEXPORT)]
  if (reexports.length === 0) return false
  if (/(^|\/)index\.tsx?$/.test(file.path)) return true
  const nothingElse = file.source.code.replace(REEXPORT, '').trim() === ''
  return (
    nothingElse && (reexports.length > 1 || reexports.some((match) => match[1]?.startsWith('*')))
  )
}

function nameFindings(file: File): Finding[] {
  const at = { rule: 'bans', path: file.path, line: 1 }
  const findings: Finding[] = []
  if (DRAWERS.test(file.path))
    findings.push({ ...at, message: 'a drawer: name the thing that is in it (money/split.ts)' })
  if (isBarrel(file))
    findings.push({ ...at, message: 'a barrel: import from the file that has the thing' })
  if (!FILE_NAME.test(file.path.split('/').at(-1) ?? ''))
    findings.push({ ...at, message: 'file names are kebab-case' })
  if (file.path.endsWith('.tsx') && !file.path.startsWith('web/'))
    findings.push({ ...at, message: 'JSX lives in web/ only: Node does not strip it' })
  return findings
}

function bannedIn(file: File, ban: Ban): Finding[] {
  if (ban.except?.(file.path) === true) return []
  const text =
    ban.raw === true ? file.source.comments.map((c) => c.text).join('\n') : file.source.code
  const pattern = new RegExp(ban.pattern, `g${ban.pattern.flags}`)
  return [...text.matchAll(pattern)].map((match) => {
    const comment = file.source.comments.find((c) => c.text.includes(match[0]))
    const position =
      ban.raw === true
        ? (comment?.start ?? 0)
        : match.index + (/^\s*/.exec(match[0])?.[0].length ?? 0)
    return {
      rule: 'bans',
      path: file.path,
      line: lineAt(file.text, position),
      message: `${ban.name}: ${ban.instead}`,
    }
  })
}

export const bans: Rule = (tree) =>
  codeOf(tree, 'files asked for banned calls').flatMap((file) => {
    const rules = [...CALLS, ...FORMS]
    count(tree, 'bans', rules.length)
    return [...nameFindings(file), ...rules.flatMap((ban) => bannedIn(file, ban))]
  })
