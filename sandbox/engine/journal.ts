// Keeps a stand-in's books over a kill. One commit is one line, written before memory changes, so that what belongs together
// exists together or not at all. The line is handed to the operating system synchronously: a killed process loses nothing it
// answered; a power cut may, which is enough for a stand-in. A line torn by the kill was never answered and is cut off at the
// next start.

import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
} from 'node:fs'
import { dirname } from 'node:path'

interface Line<Change> {
  readonly issued: number
  readonly changes: readonly Change[]
}

export interface Journal<Change> {
  /** Ids issued before this start; a mint goes on from here, so that a seed never gives an id twice. */
  readonly issuedBefore: number
  commit(changes: readonly Change[], issued: number): void
  close(): void
}

function replay<Change>(path: string, apply: (change: Change) => void): number {
  if (!existsSync(path)) return 0
  const text = readFileSync(path, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  let issued = 0
  whole.split('\n').forEach((lineText, index) => {
    if (lineText === '') return
    let line: Line<Change>
    try {
      line = JSON.parse(lineText) as Line<Change>
    } catch (cause) {
      // A torn last line is expected after a kill; a damaged one before it means that books are missing.
      throw new Error(`${path}: line ${index + 1} is damaged`, { cause })
    }
    for (const change of line.changes) apply(change)
    issued = line.issued
  })
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole))
  return issued
}

/** Opens the journal and plays back what it holds. Without a path it keeps nothing. */
export function openJournal<Change>(
  path: string | undefined,
  apply: (change: Change) => void,
): Journal<Change> {
  if (path !== undefined) mkdirSync(dirname(path), { recursive: true })
  const issuedBefore = path === undefined ? 0 : replay(path, apply)
  const file = path === undefined ? undefined : openSync(path, 'a')
  let damaged = false
  const write = (line: Line<Change>): void => {
    if (file === undefined) return
    // After a failed append (a full disk) the last line may be torn, and one more line would be glued to it.
    if (damaged) throw new Error('journal: an earlier append failed')
    damaged = true
    appendFileSync(file, `${JSON.stringify(line)}\n`)
    damaged = false
  }
  return {
    issuedBefore,
    commit(changes, issued) {
      if (changes.length === 0) return
      write({ issued, changes })
      for (const change of changes) apply(change)
    },
    close() {
      if (file !== undefined) closeSync(file)
    },
  }
}
