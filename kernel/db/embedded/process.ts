// Who a process id is. A number read from a file may by now belong to a stranger, and a killed process stays visible as a
// zombie until its parent reaps it: ids alone have stopped strangers' programs and leaked servers in other projects. So a
// process is known by its command line and its start time together. On a system that shows neither, it counts as unknown.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Clock ticks a second in /proc; fixed at 100 in the interface of Linux on every architecture Node runs on. */
const TICKS = 100

export interface ProcessFacts {
  readonly argv: readonly string[]
  /** Epoch seconds. */
  readonly startedAt: number
  /** Exact start in the system's own unit: two processes with one id differ in it. */
  readonly start: string
  /** Where it works; absent where the system does not say. */
  readonly directory?: string
}

const hasProc = existsSync('/proc/self/stat')

function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may itself hold brackets and blanks.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

function bootTime(): number {
  const line = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))
  return Number(line?.[1] ?? 0)
}

/** Runs at this moment, and is no zombie. */
export function isAlive(pid: number): boolean {
  if (hasProc) {
    const state = statFields(pid)?.[0]
    return state !== undefined && state !== 'Z' && state !== 'X'
  }
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

function directoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

/** What can be known of a process from outside; undefined when it is gone or cannot be looked at. */
export function processFacts(pid: number): ProcessFacts | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined
  if (hasProc) {
    const ticks = statFields(pid)?.[19]
    if (ticks === undefined) return undefined
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
      const facts = { argv, startedAt: bootTime() + Number(ticks) / TICKS, start: ticks }
      const directory = directoryOf(pid)
      return directory === undefined ? facts : { ...facts, directory }
    } catch {
      return undefined
    }
  }
  const ps = spawnSync('ps', ['-ww', '-p', String(pid), '-o', 'lstart=', '-o', 'command='], {
    encoding: 'utf8',
    env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
  })
  const found = /^\s*(\w+ +\w+ +\d+ +[\d:]+ +\d+)\s+(.*\S)/.exec(ps.stdout ?? '')
  if (found === null) return undefined
  const [, start = '', command = ''] = found
  return { argv: command.split(' '), startedAt: Date.parse(start) / 1000, start }
}

/** Waits until the process is gone; false when it still runs after `timeoutMs`. */
export async function isGone(pid: number, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs
  while (isAlive(pid)) {
    if (performance.now() > end) return false
    await pause(20)
  }
  return true
}
