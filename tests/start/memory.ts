// How much memory a process and all its descendants hold, each shared page counted once (PSS). Linux only; elsewhere undefined.

import { existsSync, readdirSync, readFileSync } from 'node:fs'

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It ended meanwhile, or belongs to somebody else.
    return undefined
  }
}

/** The parent's id stands behind the name, which is in brackets and may hold anything. */
function parentOf(pid: string): string | undefined {
  const stat = read(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
}

/** A process and everything below it. */
export function treeOf(pid: number): string[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [name, parentOf(name)]),
  )
  const tree = [String(pid)]
  for (const one of tree)
    tree.push(...[...parents].filter(([, parent]) => parent === one).map(([name]) => name))
  return tree
}

/** Bytes; undefined where the system does not tell. */
export function memoryOf(pid: number): number | undefined {
  if (!existsSync('/proc/self/smaps_rollup')) return undefined
  let kibibytes = 0
  for (const one of treeOf(pid)) {
    const text = read(`/proc/${one}/smaps_rollup`)
    if (text !== undefined) kibibytes += Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0)
  }
  return kibibytes * 1_024
}
