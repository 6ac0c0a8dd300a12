// What processes have used of the processors, from /proc (Linux only; elsewhere NaN, and no figure made of it is met).

import { readdirSync, readFileSync } from 'node:fs'
import type pg from 'pg'

const TICK_MS = 10

interface Used {
  readonly parent: number
  readonly ticks: number
}

/** User and system time of a process and of its children that have ended. */
function usedBy(pid: number | string): Used | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = [11, 12, 13, 14].reduce((all, index) => all + Number(fields[index]), 0)
    return { parent: Number(fields[1]), ticks }
  } catch {
    // It ended between being listed and being read; its parent has its time.
    return undefined
  }
}

/** CPU milliseconds of one process. */
export const processCpuMs = (pid: number): number => (usedBy(pid)?.ticks ?? Number.NaN) * TICK_MS

/** CPU milliseconds that a PostgreSQL server and all its processes have used. */
export async function databaseCpuMs(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  const server = usedBy(rows[0]?.pid ?? 0)?.parent
  if (server === undefined) return Number.NaN
  let ticks = usedBy(server)?.ticks ?? Number.NaN
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const used = usedBy(pid)
    if (used?.parent === server) ticks += used.ticks
  }
  return ticks * TICK_MS
}

/** CPU milliseconds that a process and all that descend from it have used: those that live, and those that have ended. */
export function treeCpuMs(root: number): number {
  const all = new Map<number, Used>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const used = usedBy(name)
    if (used !== undefined) all.set(Number(name), used)
  }
  const descends = (pid: number): boolean => {
    if (pid === root) return true
    const used = all.get(pid)
    return used !== undefined && descends(used.parent)
  }
  let ticks = 0
  for (const [pid, used] of all) if (descends(pid)) ticks += used.ticks
  return ticks * TICK_MS
}

/** Bytes of memory that a process holds. */
export function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024
  } catch {
    return Number.NaN
  }
}
