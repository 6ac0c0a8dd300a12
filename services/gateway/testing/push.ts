// The gateway's WebSocket over a real network, and clients that note every frame.

import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { OrderFulfilled } from '@rialto/contracts/orders/events.ts'
import { kernelMetrics } from '@rialto/kernel/observability/figures.ts'
import { health } from '@rialto/kernel/observability/health.ts'
import { openMetrics } from '@rialto/kernel/observability/metrics.ts'
import { testHost } from '@rialto/kernel/testing/host.ts'
import { testSecurity } from '@rialto/kernel/testing/security.ts'
import { WebSocket } from 'ws'
import type { Parts } from '../config.ts'
import { gateway, openGateway } from '../service.ts'

export interface Frame {
  readonly type: string
  readonly seq?: number
  readonly event?: string
  readonly at?: string
  readonly data?: Record<string, unknown>
}

const PATIENCE_MS = 15_000

/** A WebSocket that keeps what it hears. */
export class PushClient {
  readonly socket: WebSocket
  /** What it heard, but for the signs of life in between. */
  readonly frames: Frame[] = []
  signsOfLife = 0
  /** The code it was closed with; 1006 when it was cut. */
  readonly closed: Promise<number>
  #changed = Promise.withResolvers<void>()

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url.replace('http', 'ws'), { headers })
    this.socket.on('message', (text) => {
      const frame = JSON.parse(String(text)) as Frame
      if (frame.type === 'alive') this.signsOfLife += 1
      else this.frames.push(frame)
      this.#wake()
    })
    // The close that follows says what happened.
    this.socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code) => {
        resolve(code)
        this.#wake()
      })
    })
  }

  #wake(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers<void>()
  }

  async say(frame: unknown): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open')
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
    return this
  }

  /** The first so many frames, once it has heard them. */
  async heard(count: number): Promise<Frame[]> {
    const late = AbortSignal.timeout(PATIENCE_MS)
    while (this.frames.length < count) {
      if (late.aborted || this.socket.readyState === WebSocket.CLOSED)
        throw new Error(`heard ${JSON.stringify(this.frames)} and no more`)
      await Promise.race([this.#changed.promise, once(late, 'abort')])
    }
    return this.frames.slice(0, count)
  }

  events(): Frame[] {
    return this.frames.filter((frame) => frame.type === 'event')
  }
}

export const USER = `usr_${'1'.repeat(26)}`
export const OTHER = `usr_${'2'.repeat(26)}`

/** The gateway alone, with its tables; events are given to it by hand. */
export async function openPushes(t: TestContext, settings: Record<string, string> = {}) {
  const { host, env, clock, db, ...rest } = await testHost(t, { services: [gateway], settings })
  const security = await testSecurity(env)
  const metrics = openMetrics()
  const parts = host.parts.get('gateway') as Parts
  const verifier = security.verifierOf(['public'])
  const door = await openGateway({
    mounted: host.mounted,
    parts,
    env,
    verifier,
    settings,
    health: health(),
    metrics,
    figures: kernelMetrics(metrics),
    documents: { openApi: () => ({}), asyncApi: () => ({}) },
  })
  t.after(() => door.close())
  const clients: PushClient[] = []
  t.after(() => {
    for (const { socket } of clients) socket.terminate()
  })
  const connect = (headers: Record<string, string> = {}, path = '/push'): PushClient => {
    const client = new PushClient(`${door.url}${path}`, headers)
    clients.push(client)
    return client
  }
  const tokenOf = async (sub = USER, sid = 'ses_1'): Promise<string> =>
    (await security.tokens.issueAccessToken({ sub, roles: ['customer'], sid })).token
  return {
    ...{
      ...rest,
      hub: parts.pushes,
      verifier,
      sessions: parts.sessions,
      door,
      env,
      clock,
      db,
      security,
      metrics,
      connect,
      tokenOf,
    },
    /** A connection that said its hello; `ready` is its first frame. */
    async greeted(sub = USER, since: number | null = null): Promise<PushClient> {
      const client = await connect().say({ type: 'hello', token: await tokenOf(sub), since })
      await client.heard(1)
      return client
    },
    /** Tells the gateway of so many orders of theirs in one batch, as the bus would. */
    async tell(...users: readonly string[]): Promise<string[]> {
      const orders = users.map(() => env.ids.next('ord'))
      const events = users.map((user_id, i) =>
        rest.event(OrderFulfilled, { order_id: orders[i] ?? '', user_id, fulfillment_details: [] }),
      )
      const { kind } = await rest.deliverTogether(gateway, events)
      if (kind !== 'done') throw new Error(`a batch was ${kind}`)
      return orders
    },
    rows: async (text: string): Promise<Record<string, unknown>[]> =>
      (await db.pool.query(text)).rows,
  }
}
