// The platform as processes of their own on one database: started, found ready, restarted, killed and stopped together. For the
// demonstration and for the proofs; in production an orchestrator does this.

import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import { type Place, seatsOf, settingsOf, urlOf } from './layout.ts'
import { type Death, Member } from './member.ts'

/** Starts at once; more only wait for the processor. */
const AT_ONCE = 4
const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 40_000
const ASK_AGAIN_MS = 50

export interface FleetOptions {
  readonly layout: readonly Place[]
  /** Settings of every process: DATABASE_URL, MASTER_KEY, whom to pay with. */
  readonly settings: Readonly<Record<string, string>>
}

interface Readiness {
  readonly status: string
  readonly checks: readonly { name: string; ok: boolean; reason?: string }[]
}

/** What the process says of itself; undefined while it does not answer. */
export async function readinessOf(url: string): Promise<Readiness | undefined> {
  try {
    const { body } = await request(`${url}/health/ready`, { headersTimeout: 3_000 })
    return (await body.json()) as Readiness
  } catch {
    return undefined
  }
}

async function untilReady(member: Member): Promise<void> {
  const until = performance.now() + READY_TIMEOUT_MS
  for (;;) {
    const said = await readinessOf(member.internalUrl)
    if (said?.status === 'ready') return
    if (performance.now() > until)
      throw new Error(`${member.seat.name} is not ready: ${JSON.stringify(said?.checks)}`)
    await pause(ASK_AGAIN_MS)
  }
}

export class Fleet {
  readonly members: readonly Member[]
  /** The gateway's. */
  readonly url: string

  private constructor(members: readonly Member[]) {
    this.members = members
    const gateway = members.find(({ seat }) => seat.services.includes('gateway'))
    this.url = urlOf(gateway?.seat.port ?? 0)
  }

  /** Starts every process; resolves when all are ready. Nothing runs on when it throws. */
  static async open({ layout, settings }: FleetOptions): Promise<Fleet> {
    const seats = await seatsOf(layout)
    const fleet = new Fleet(
      seats.map((seat) => new Member(seat, { ...settings, ...settingsOf(seat, seats) })),
    )
    try {
      const waiting = [...fleet.members]
      const startAll = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
          await next.start()
      }
      await Promise.all(Array.from({ length: AT_ONCE }, startAll))
      await Promise.all(fleet.members.map(untilReady))
      return fleet
    } catch (error) {
      await Promise.allSettled(fleet.members.map((member) => member.end('SIGKILL')))
      throw error
    }
  }

  /** All processes in which the service runs. */
  of(service: string): readonly Member[] {
    return this.members.filter(({ seat }) => seat.services.includes(service))
  }

  /** What its processes said besides being ready. */
  get words(): string {
    return this.members
      .filter(({ words }) => words !== '')
      .map(({ seat, words }) => `--- ${seat.name}\n${words}`)
      .join('\n')
  }

  /** Ends the process in order and starts it again; resolves when it is ready. */
  async restart(member: Member): Promise<Death> {
    const death = await member.end('SIGTERM')
    await member.start()
    await untilReady(member)
    return death
  }

  /** Starts a process that was killed; resolves when it is ready. */
  async revive(member: Member): Promise<void> {
    await member.start()
    await untilReady(member)
  }

  /** Ends all in order; throws with the words of those who do not. */
  async stop(): Promise<void> {
    const late = setTimeout(() => {
      for (const member of this.members) void member.end('SIGKILL')
    }, STOP_TIMEOUT_MS)
    const deaths = await Promise.all(this.members.map((member) => member.end('SIGTERM')))
    clearTimeout(late)
    const bad = deaths.flatMap(({ code, signal }, i) => {
      const member = this.members[i]
      return code === 0 || member === undefined
        ? []
        : [`${member.seat.name} ended with ${code ?? signal}:\n${member.words}`]
    })
    if (bad.length > 0) throw new Error(bad.join('\n'))
  }

  /** Ends all at once. */
  async cut(): Promise<void> {
    await Promise.all(this.members.map((member) => member.end('SIGKILL')))
  }
}
