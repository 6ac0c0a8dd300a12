// A service's `uses` says whose clients it takes. It must be neither shorter than the truth (a hidden dependency that no start
// order knows) nor longer (a service that cannot start without one it does not need).

import { importsOf } from './scan/imports.ts'
import { lineAt } from './scan/source.ts'
import { codeOf, count, type File, type Finding, isTest, type Rule, serviceOf } from './tree.ts'

const CLIENT = /^@rialto\/contracts\/([^/]+)\/client\.ts$/

/** Whose clients the manifest names: `uses: [catalogRpc]`, each imported from its owner's contract. */
function declaredUses(manifest: File): string[] | undefined {
  const list = /\buses:\s*\[([^\]]*)\]/.exec(manifest.source.code)?.[1]
  if (list === undefined) return undefined
  const owners = new Map<string, string>()
  for (const { specifier, names } of importsOf(manifest)) {
    const owner = CLIENT.exec(specifier)?.[1]
    if (owner !== undefined) for (const name of names) owners.set(name, owner)
  }
  return (list.match(/[\w$]+/g) ?? []).map((name) => owners.get(name) ?? name)
}

/** Whose clients the features, handlers and jobs ask for by type. */
function takenBy(
  files: readonly File[],
  manifest: File,
): Map<string, { path: string; line: number }> {
  const service = serviceOf(manifest.path)
  const taken = new Map<string, { path: string; line: number }>()
  for (const file of files) {
    if (serviceOf(file.path) !== service || file === manifest || isTest(file.path)) continue
    for (const { specifier, line } of importsOf(file)) {
      const other = CLIENT.exec(specifier)?.[1]
      if (other !== undefined && other !== service) taken.set(other, { path: file.path, line })
    }
  }
  return taken
}

function compare(files: readonly File[], manifest: File): Finding[] {
  const declared = declaredUses(manifest)
  const line = lineAt(manifest.text, Math.max(0, manifest.source.code.search(/\buses:/)))
  const at = { rule: 'uses', path: manifest.path, line }
  if (declared === undefined)
    return [{ ...at, message: 'a manifest names the clients it takes: uses: [] when none' }]
  const taken = takenBy(files, manifest)
  const missing = [...taken].filter(([other]) => !declared.includes(other))
  const idle = declared.filter((other) => !taken.has(other))
  return [
    ...missing.map(([other, where]) => ({
      rule: 'uses',
      ...where,
      message: `takes the client of ${other}, which ${manifest.path} does not name in uses`,
    })),
    ...idle.map((other) => ({
      ...at,
      message: `names ${other} in uses, but no file takes its client`,
    })),
  ]
}

export const uses: Rule = (tree) => {
  const files = codeOf(tree, 'files asked for clients')
  const manifests = files.filter((file) => /^services\/[^/]+\/service\.ts$/.test(file.path))
  count(tree, 'service manifests', manifests.length)
  return manifests.flatMap((manifest) => compare(files, manifest))
}
