// Callers in a closed loop, and what the database's processes have used.

import { readdirSync, readFileSync } from 'node:fs'
import type { Ledger } from '@rialto/wallets/ledger/ledger.ts'
import { type Bench, transfer } from './set-up.ts'

export interface Rate {
  readonly count: number
  readonly perSecond: number
  readonly latenciesMs: readonly number[]
}

export async function measure(
  bench: Bench,
  ledger: Ledger,
  load: { readonly kind: 'random' | 'hot'; readonly callers: number; readonly ms: number },
): Promise<Rate> {
  const latenciesMs: number[] = []
  const startedAt = performance.now()
  const until = startedAt + load.ms
  const caller = async (): Promise<void> => {
    while (performance.now() < until) {
      const sentAt = performance.now()
      const posted = await ledger.post(transfer(bench, load.kind))
      if (posted.outcome !== 'ok') throw new Error(`a transfer was refused: ${posted.outcome}`)
      latenciesMs.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: load.callers }, caller))
  const count = latenciesMs.length
  return { count, perSecond: (count * 1_000) / (performance.now() - startedAt), latenciesMs }
}

/** How long one row takes to be committed, by one caller. */
export async function oneRowCommits({ pool }: Bench, ms: number): Promise<number[]> {
  const latenciesMs: number[] = []
  const until = performance.now() + ms
  while (performance.now() < until) {
    const sentAt = performance.now()
    await pool.query({ name: 'one_row', text: 'insert into rows values (default)' })
    latenciesMs.push(performance.now() - sentAt)
  }
  return latenciesMs
}

/** Ticks of a process: user and system time of itself and of its children that have ended. */
function ticksOf(stat: string): { parent: number; ticks: number } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const sum = [11, 12, 13, 14].reduce((all, index) => all + Number(fields[index]), 0)
  return { parent: Number(fields[1]), ticks: sum }
}

/** CPU milliseconds that the server and all its processes have used, from /proc (Linux only; NaN elsewhere). */
export async function databaseCpuMs({ pool }: Bench): Promise<number> {
  const TICK_MS = 10
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  try {
    const backend = readFileSync(`/proc/${rows[0]?.pid}/stat`, 'utf8')
    const server = ticksOf(backend).parent
    let ticks = ticksOf(readFileSync(`/proc/${server}/stat`, 'utf8')).ticks
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      // A process may end between the listing and the reading.
      const stat = readStat(pid)
      if (stat?.parent === server) ticks += stat.ticks
    }
    return ticks * TICK_MS
  } catch {
    return Number.NaN
  }
}

function readStat(pid: string): { parent: number; ticks: number } | undefined {
  try {
    return ticksOf(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}
