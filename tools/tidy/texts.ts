// What must not stand in any file: paths of one machine, download addresses, promises without a number, links that lead
// nowhere.

import { resolveRelative } from './scan/imports.ts'
import { lineAt } from './scan/source.ts'
import { count, type File, type Finding, type Rule, type Tree } from './tree.ts'

interface Word {
  readonly pattern: RegExp
  readonly message: string
  readonly in: RegExp
}

// Put together from halves, so that this file does not report itself.
const homes = ['ho' + 'me', 'ro' + 'ot', 'wo' + 'rk', 'Us' + 'ers'].join('|')
const promises = ['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK'].join('|')

const WORDS: readonly Word[] = [
  {
    pattern: new RegExp(`(?<![\\w.*@:/-])/(${homes})/[\\w.]|\\b[A-Z]:\\\\${'Us' + 'ers'}\\b`, 'g'),
    message: 'a path of one machine: make it relative, or take it from the environment',
    in: /./,
  },
  {
    pattern: /"resolved":\s*"https?:/g,
    message: 'a download address: npm install with omit-lockfile-registry-resolved=true (.npmrc)',
    in: /package-lock\.json$/,
  },
  {
    pattern: new RegExp(`\\b(${promises})\\b(?!\\s*\\(?#\\d+)`, 'g'),
    message: 'a promise without an issue number: write it as (#123), or do it',
    in: /\.(ts|tsx|cjs|mjs|sql|sh|proto)$|(^|\/)run$/,
  },
]

function wordFindings(file: File): Finding[] {
  return WORDS.filter((word) => word.in.test(file.path)).flatMap(({ pattern, message }) =>
    [...file.text.matchAll(pattern)].map((match) => ({
      rule: 'texts',
      path: file.path,
      line: lineAt(file.text, match.index),
      message: `${match[0].trim()}: ${message}`,
    })),
  )
}

/** Anchor of a heading as the usual Markdown renderers make it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[`*_]/g, '')
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replaceAll(' ', '-')

function anchorMissing(target: File, anchor: string): boolean {
  const line = /^L(\d+)(?:-L\d+)?$/.exec(anchor)?.[1]
  if (line !== undefined) return Number(line) > target.text.split('\n').length
  return ![...target.text.matchAll(/^#+\s+(.+)$/gm)].some((m) => anchorOf(m[1] ?? '') === anchor)
}

function linkProblem(tree: Tree, file: File, href: string): string | undefined {
  const [path = '', anchor] = href.split('#')
  const target = path === '' ? file.path : resolveRelative(file.path, path)
  const found = tree.files.find((f) => f.path === target)
  if (found === undefined) {
    const exists =
      tree.folders.has(target) ||
      [...tree.folders].some(([folder, names]) =>
        names.some((name) => (folder === '' ? name : `${folder}/${name}`) === target),
      )
    return exists ? undefined : `the link leads nowhere: ${target} does not exist`
  }
  if (anchor !== undefined && anchorMissing(found, anchor)) return `${target} has no #${anchor}`
  return undefined
}

function linkFindings(tree: Tree, file: File): Finding[] {
  const prose = file.text.replace(/```[\s\S]*?```|`[^`\n]*`(?!\])/g, (code) =>
    code.replace(/[^\n[\]]/g, ' '),
  )
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].filter((m) => !/^[a-z]+:/.test(m[1] ?? ''))
  count(tree, 'links', links.length)
  return links.flatMap((match): Finding[] => {
    const message = linkProblem(tree, file, match[1] ?? '')
    return message === undefined
      ? []
      : [{ rule: 'texts', path: file.path, line: lineAt(file.text, match.index), message }]
  })
}

export const texts: Rule = (tree) => {
  count(tree, 'texts', tree.files.length)
  return tree.files.flatMap((file) => [
    ...wordFindings(file),
    ...(file.path.endsWith('.md') ? linkFindings(tree, file) : []),
  ])
}
