// Builds the pages when what they are made of has changed. It builds beside and swaps, so that whoever serves the old build, or
// builds at the same time, meets a whole one; a crash leaves the old build and a folder that the next build removes.

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const root = import.meta.dirname
const house = join(root, '..')

/** Where the built pages lie. */
export const dist = join(root, 'dist')
const stamp = join(dist, '.sources')

/** What goes into a build; the lockfile stands for every library. */
const SOURCES = ['web', 'contracts', 'flows', 'kernel/pure', 'package-lock.json']
const NOT_SOURCES = /(^|\/)(node_modules|dist|samples)$|\.test\.ts$|\.md$/

function filesUnder(path: string): string[] {
  if (NOT_SOURCES.test(path)) return []
  const whole = join(house, path)
  if (/\.\w+$/.test(path)) return [path]
  return readdirSync(whole, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(`${path}/${entry.name}`) : filesOf(`${path}/${entry.name}`),
  )
}

const filesOf = (path: string): string[] => (NOT_SOURCES.test(path) ? [] : [path])

/** Changes with any byte that goes into a build. */
function sourcesHash(): string {
  const hash = createHash('sha256')
  for (const path of SOURCES.flatMap(filesUnder).sort())
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(house, path)))
  return hash.digest('hex')
}

/** Texts are compressed once, here, instead of with every answer. */
function compress(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!/\.(js|css|svg)$/.test(name)) continue
    const bytes = readFileSync(join(folder, name))
    writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }))
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes))
  }
}

/** Renaming onto a full folder fails: the old one goes first, and when another builder was faster its build is as good. */
function swap(built: string): void {
  const old = `${built}-old`
  try {
    if (existsSync(dist)) renameSync(dist, old)
    renameSync(built, dist)
  } finally {
    rmSync(old, { recursive: true, force: true })
    rmSync(built, { recursive: true, force: true })
  }
}

/** Builds unless the build is current; answers whether it did. */
export async function buildPages(): Promise<boolean> {
  const wanted = sourcesHash()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false
  // On the same disk as the build it becomes, and where nobody looks for sources.
  const built = join(house, 'node_modules', `.pages-${process.pid}`)
  const { build } = await import('vite')
  await build({
    root,
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: built },
  })
  compress(join(built, 'assets'))
  writeFileSync(join(built, '.sources'), wanted)
  swap(built)
  return true
}
