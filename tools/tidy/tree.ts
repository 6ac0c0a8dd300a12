// The project's own files, read once, for the house rules. A rule gets the tree and answers findings; it counts what it saw
// in `seen`, because a rule that looked at nothing must fail and not pass.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lex, type Source } from './scan/source.ts'

export interface Finding {
  readonly rule: string
  readonly path: string
  readonly line: number
  readonly message: string
}

export interface File {
  /** Path from the root, with `/`. */
  readonly path: string
  readonly text: string
  /** The text split into code, strings and comments; only asked of code. */
  readonly source: Source
}

export interface Tree {
  readonly root: string
  readonly files: readonly File[]
  /** Folder path → names in it, folders included. The root is `''`. */
  readonly folders: ReadonlyMap<string, readonly string[]>
  /** Workspace folder → its package.json. The root is `''`. */
  readonly packages: ReadonlyMap<string, Manifest>
  /** What the rules looked at, by noun. */
  readonly seen: Map<string, number>
}

export interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export type Rule = (tree: Tree) => Finding[]

/** Made by tools or by runs, or none of ours. `gen` holds generated code, which is checked for being current instead. */
const SKIPPED = new Set([
  'node_modules',
  '.git',
  '.rialto',
  '.kafka',
  '.deploy',
  '.mongo',
  'test-results',
  'gen',
  'dist',
])
const TEXT =
  /\.(ts|tsx|js|cjs|mjs|json|jsonc|md|sql|tsv|proto|css|html|yml|yaml|sh)$|(^|\/)(run|[A-Z]+|\.[a-z]+)$/

function readFile(root: string, path: string): File {
  const text = readFileSync(join(root, path), 'utf8')
  let source: Source | undefined
  return {
    path,
    text,
    get source() {
      source ??= lex(text)
      return source
    },
  }
}

/** Reads every text file under `root`. */
export function readTree(root: string): Tree {
  const files: File[] = []
  const folders = new Map<string, readonly string[]>()
  const visit = (folder: string): void => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true }).filter(
      (entry) => !SKIPPED.has(entry.name) && !entry.name.endsWith('.log'),
    )
    folders.set(
      folder,
      entries.map((entry) => entry.name),
    )
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) visit(path)
      else if (entry.isFile() && TEXT.test(path)) files.push(readFile(root, path))
    }
  }
  visit('')
  const packages = new Map<string, Manifest>()
  for (const file of files) {
    if (!/(^|\/)package\.json$/.test(file.path)) continue
    packages.set(file.path.replace(/\/?package\.json$/, ''), JSON.parse(file.text) as Manifest)
  }
  return { root, files, folders, packages, seen: new Map() }
}

export const isCode = (path: string): boolean => /\.(ts|tsx|cjs|mjs|js)$/.test(path)

/** Runs under the test runner or only prepares for it. */
export const isTest = (path: string): boolean =>
  /\.(test|fixture)\.tsx?$|(^|\/)testing\//.test(path) || path.startsWith('tests/')

/** The code files, counted under `noun`. */
export function codeOf(tree: Tree, noun: string): File[] {
  const code = tree.files.filter((file) => isCode(file.path))
  count(tree, noun, code.length)
  return code
}

export function count(tree: Tree, noun: string, by: number): void {
  tree.seen.set(noun, (tree.seen.get(noun) ?? 0) + by)
}

/** The workspace a file belongs to: the nearest folder above it with a package.json. */
export function workspaceOf(tree: Tree, path: string): string {
  const parts = path.split('/').slice(0, -1)
  while (parts.length > 0) {
    if (tree.packages.has(parts.join('/'))) return parts.join('/')
    parts.pop()
  }
  return ''
}

export const serviceOf = (path: string): string | undefined =>
  /^services\/([^/]+)\//.exec(path)?.[1]
