// The wall between the layers: who may import whom (ARCHITECTURE.md has the picture), that no relative path leaves its
// workspace, and that nothing is imported which the workspace does not declare.

import { importsOf, packageOf, resolveRelative } from './scan/imports.ts'
import {
  codeOf,
  count,
  type File,
  type Finding,
  isTest,
  type Rule,
  type Tree,
  workspaceOf,
} from './tree.ts'

/** Layer → the layers it may import besides itself. `tests`, `bench` and the root's own tools may use all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'kernel/pure': [],
  kernel: ['kernel/pure'],
  contracts: ['kernel/pure'],
  flows: ['contracts'],
  services: ['kernel/pure', 'kernel', 'contracts'],
  sandbox: ['kernel/pure', 'kernel'],
  web: ['kernel/pure', 'contracts', 'flows'],
  apps: ['kernel/pure', 'kernel', 'contracts', 'flows', 'services', 'sandbox', 'web'],
}
/** Makes the pages and is no part of them: it runs where they are built. */
const BUILDS_PAGES = /^web\/(build|vite\.config)\.ts$/
/** Runs in a browser too, so Node's own modules are as foreign to it as a database. */
const BROWSER_SAFE = new Set(['kernel/pure', 'contracts', 'flows', 'web'])

function layerOf(path: string): string {
  if (path.startsWith('kernel/pure/')) return 'kernel/pure'
  return path.split('/')[0] ?? ''
}

/** Folder of the workspace that a package name of ours stands for. */
function folderOf(tree: Tree, name: string): string | undefined {
  for (const [folder, manifest] of tree.packages) if (manifest.name === name) return folder
  return undefined
}

/** Path from the root of what a specifier means, if it is ours. */
function targetOf(tree: Tree, file: File, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return resolveRelative(file.path, specifier)
  const name = packageOf(specifier)
  const folder = folderOf(tree, name)
  return folder === undefined ? undefined : `${folder}${specifier.slice(name.length)}`
}

function directionProblem(file: File, target: string): string | undefined {
  const from = layerOf(file.path)
  const to = layerOf(target)
  const allowed = MAY_IMPORT[from]
  if (allowed === undefined) return undefined
  const serviceFrom = /^services\/[^/]+/.exec(file.path)?.[0]
  const serviceTo = /^services\/[^/]+/.exec(target)?.[0]
  if (from === 'services' && to === 'services')
    return serviceFrom === serviceTo
      ? undefined
      : 'services meet only in contracts: take a client or an event instead'
  if (from === to || allowed.includes(to)) return undefined
  return `${from} may import only ${['itself', ...allowed].join(', ')}; this is ${to || target}`
}

function declaredProblem(tree: Tree, file: File, specifier: string): string | undefined {
  const manifest = tree.packages.get(workspaceOf(tree, file.path))
  const name = packageOf(specifier)
  if (manifest === undefined || manifest.name === name) return undefined
  const { dependencies = {}, optionalDependencies = {}, devDependencies = {} } = manifest
  if (name in dependencies || name in optionalDependencies) return undefined
  if (name in devDependencies)
    return isTest(file.path) || !MAY_IMPORT[layerOf(file.path)]
      ? undefined
      : `${name} is a development dependency: a running server does not have it`
  return `${name} is not a dependency in this workspace's package.json`
}

function problemOf(tree: Tree, file: File, specifier: string): string | undefined {
  if (specifier.startsWith('node:'))
    return BROWSER_SAFE.has(layerOf(file.path)) &&
      !isTest(file.path) &&
      !BUILDS_PAGES.test(file.path)
      ? `${layerOf(file.path)} is browser-safe: ${specifier} exists only on a server`
      : undefined
  const target = targetOf(tree, file, specifier)
  if (specifier.startsWith('.')) {
    const home = workspaceOf(tree, file.path)
    if (home !== '' && target !== undefined && !`${target}/`.startsWith(`${home}/`))
      return `a relative path must not leave ${home}: import the package by name`
  }
  const direction = target === undefined ? undefined : directionProblem(file, target)
  if (direction !== undefined || specifier.startsWith('.')) return direction
  return declaredProblem(tree, file, specifier)
}

export const layers: Rule = (tree) =>
  codeOf(tree, 'files with imports').flatMap((file) => {
    const imports = importsOf(file)
    count(tree, 'imports', imports.length)
    return imports.flatMap(({ specifier, line }): Finding[] => {
      const message = problemOf(tree, file, specifier)
      return message === undefined ? [] : [{ rule: 'layers', path: file.path, line, message }]
    })
  })
