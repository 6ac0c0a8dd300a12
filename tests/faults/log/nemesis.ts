// Draws and carries out a schedule of faults against processes that we started and against connections of one database.

import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Crew } from './crew.ts'
import type { Pool } from './design.ts'
import type { Chance } from './random.ts'

export interface Attack {
  /** Mean milliseconds between two faults of a kind; 0: never. */
  readonly killEveryMs: number
  readonly terminateEveryMs: number
  readonly freezeEveryMs: number
  /** Longest time a frozen process stays so. */
  readonly freezeMs: number
  /** Share of the kills that hit readers. */
  readonly readerShare: number
}

type Kind = 'kill' | 'terminate' | 'freeze'

interface Fault {
  readonly atMs: number
  readonly kind: Kind
  readonly role: 'writer' | 'reader'
  /** In 0..1: which of those that are there. */
  readonly victim: number
  readonly forMs: number
}

export interface Faults {
  kills: number
  terminated: number
  freezes: number
}

function drawKind(
  kind: Kind,
  everyMs: number,
  draw: { chance: Chance; attack: Attack; ms: number },
) {
  const { chance, attack, ms } = draw
  const faults: Fault[] = []
  if (everyMs === 0) return faults
  for (let at = everyMs / 2; at < ms; at += everyMs * (0.6 + 0.8 * chance.next()))
    faults.push({
      atMs: at,
      kind,
      role: kind === 'freeze' || chance.happens(attack.readerShare) ? 'reader' : 'writer',
      victim: chance.next(),
      forMs: attack.freezeMs * (0.3 + 0.7 * chance.next()),
    })
  return faults
}

/** The whole schedule, by the seed alone. */
export function drawSchedule(chance: Chance, attack: Attack, ms: number): Fault[] {
  const draw = { chance, attack, ms }
  return [
    ...drawKind('kill', attack.killEveryMs, draw),
    ...drawKind('terminate', attack.terminateEveryMs, draw),
    ...drawKind('freeze', attack.freezeEveryMs, draw),
  ].sort((a, b) => a.atMs - b.atMs)
}

const choose = <T>(list: readonly T[], victim: number): T | undefined =>
  list[Math.floor(victim * list.length)]

/** A shell of its own does both, so that nobody stays frozen when we are killed in between. */
function freeze(pid: number, ms: number): void {
  const script = `kill -STOP ${pid}; sleep ${Math.ceil(ms) / 1000}; kill -CONT ${pid}`
  spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore' }).unref()
}

async function terminate(pool: Pool, victim: number): Promise<boolean> {
  const { rows } = await pool.query(
    `select pid from pg_stat_activity where datname = current_database()
       and (application_name like 'proof-%' or application_name = 'rialto-bus-member') order by pid`,
  )
  const chosen = choose(rows as { pid: number }[], victim)
  if (chosen === undefined) return false
  await pool.query('select pg_terminate_backend($1)', [chosen.pid])
  return true
}

async function strike(crew: Crew, pool: Pool, fault: Fault): Promise<keyof Faults | undefined> {
  if (fault.kind === 'terminate')
    return (await terminate(pool, fault.victim)) ? 'terminated' : undefined
  const pid = choose(crew.pids(fault.role), fault.victim)
  if (pid === undefined) return undefined
  if (fault.kind === 'freeze') freeze(pid, fault.forMs)
  else process.kill(pid, 'SIGKILL')
  return fault.kind === 'freeze' ? 'freezes' : 'kills'
}

/** Carries the schedule out and says what it hit; whoever is not there at the moment is spared. */
export async function rage(
  crew: Crew,
  pool: Pool,
  plan: { schedule: readonly Fault[]; ms: number },
): Promise<Faults> {
  const done: Faults = { kills: 0, terminated: 0, freezes: 0 }
  const began = performance.now()
  const until = (ms: number) => pause(Math.max(0, began + ms - performance.now()))
  for (const fault of plan.schedule) {
    await until(fault.atMs)
    crew.check()
    const hit = await strike(crew, pool, fault)
    if (hit !== undefined) done[hit] += 1
  }
  await until(plan.ms)
  crew.check()
  return done
}
