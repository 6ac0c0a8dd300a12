// The shape that makes one service readable to whoever knows another: the same files, no deeper than agreed, migrations
// numbered without a gap, versions exact, and every kernel file saying first what it is for.

import { codeOf, count, type Finding, isTest, type Rule, type Tree } from './tree.ts'

const finding = (path: string, message: string): Finding => ({
  rule: 'shape',
  path,
  line: 1,
  message,
})

const EVERY_SERVICE = [
  'README.md',
  'package.json',
  'service.ts',
  'http.ts',
  'errors.ts',
  'features',
]
/** The gateway only passes on: it owns no tables. */
const OWNS_TABLES = ['store.ts', 'migrations']
const WITHOUT_TABLES = new Set(['gateway'])
const DEEPER = /^services\/[^/]+\/events\/handlers$/

export const services: Rule = (tree) => {
  const names = tree.folders.get('services') ?? []
  count(tree, 'services', names.length)
  const missing = names.flatMap((name) => {
    const wanted = WITHOUT_TABLES.has(name) ? EVERY_SERVICE : [...EVERY_SERVICE, ...OWNS_TABLES]
    const present = tree.folders.get(`services/${name}`) ?? []
    return wanted
      .filter((entry) => !present.includes(entry))
      .map((entry) =>
        finding(
          `services/${name}`,
          `a service has ${entry} (CONTRIBUTING.md: how to add a service)`,
        ),
      )
  })
  const tooDeep = [...tree.folders.keys()]
    .filter((folder) => /^services\/[^/]+\/[^/]+\/[^/]+/.test(folder) && !DEEPER.test(folder))
    .map((folder) =>
      finding(
        folder,
        'too deep: services/<name>/<folder>/<file>, one deeper only for events/handlers',
      ),
    )
  return [...missing, ...tooDeep]
}

function gapIn(folder: string, entries: readonly string[]): Finding[] {
  const scripts = entries.filter((name) => name.endsWith('.sql')).sort()
  return scripts.flatMap((name, index) => {
    const wanted = String(index + 1).padStart(4, '0')
    if (!/^\d{4}-[a-z0-9-]+\.sql$/.test(name))
      return [finding(`${folder}/${name}`, 'a migration is named NNNN-what-it-does.sql')]
    return name.startsWith(wanted)
      ? []
      : [finding(`${folder}/${name}`, `expected ${wanted}: numbers have no gap and no double`)]
  })
}

export const migrations: Rule = (tree) =>
  [...tree.folders]
    .filter(([folder]) => /(^|\/)migrations$/.test(folder))
    .flatMap(([folder, entries]) => {
      count(tree, 'migrations', entries.length)
      return gapIn(folder, entries)
    })

function inexact(tree: Tree): Finding[] {
  const ours = new Set([...tree.packages.values()].map((manifest) => manifest.name))
  return [...tree.packages].flatMap(([folder, manifest]) => {
    const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = manifest
    const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    count(tree, 'dependencies', all.length)
    return all
      .filter(
        ([name, version]) =>
          !(ours.has(name) ? version === '*' : /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
      )
      .map(([name, version]) =>
        finding(
          `${folder}/package.json`.replace(/^\//, ''),
          `${name} ${version}: pin one exact version (a sibling is "*")`,
        ),
      )
  })
}

export const versions: Rule = (tree) => inexact(tree)

/** A kernel file begins with its purpose, its invariant and what happens on a crash. */
export const openings: Rule = (tree) => {
  const files = codeOf(tree, 'files asked for their opening').filter(
    (file) => file.path.startsWith('kernel/') && !isTest(file.path),
  )
  count(tree, 'kernel files', files.length)
  return files
    .filter((file) => !/^\/[/*]/.test(file.text))
    .map((file) =>
      finding(
        file.path,
        'a kernel file starts with what it is for, its invariant, and what a crash does',
      ),
    )
}
