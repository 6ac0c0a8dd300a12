// One WebSocket: first a hello, then pushes. Whatever ends it, the client comes again with the last number it saw and misses
// nothing, so in every doubt the connection is closed.

import { type PushFrame, PushHello, pushCloses } from '@rialto/contracts/gateway/push.ts'
import type { Verifier } from '@rialto/kernel/auth/verifier.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant, SECOND } from '@rialto/kernel/pure/time.ts'
import type { Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { RawData, WebSocket } from 'ws'
import type { PushRow } from '../store.ts'
import type { PushHub } from './hub.ts'

const HELLO_WITHIN_MS = 10 * SECOND
/** A token may end while its client fetches the next one. */
const EXPIRY_GRACE_MS = 30 * SECOND
const PROTOCOL_BROKEN = 1008
const COME_LATER = 1013

type Hello = Static<typeof PushHello>
const hellos = Compile(PushHello)

export interface ConnectionDeps {
  readonly hub: PushHub
  readonly verifier: Verifier
  readonly perUserMax: number
}

const textOf = (frame: PushFrame): string => JSON.stringify(frame)
const ALIVE = textOf({ type: 'alive' })
/** Its data is JSON already, and is not parsed only to be written again. */
const eventText = ({ seq, event, at, data }: PushRow): string =>
  `{"type":"event","seq":${seq},"event":${JSON.stringify(event)},"at":"${isoInstant(at)}","data":${data}}`

/** A hello, or the code with which whoever says something else is closed. */
function helloOf(data: RawData, isBinary: boolean): Hello | number {
  if (isBinary) return PROTOCOL_BROKEN
  try {
    const frame: unknown = JSON.parse(String(data))
    if (hellos.Check(frame)) return frame
    const { type, token } = frame as Partial<Hello>
    return type === 'hello' && typeof token !== 'string'
      ? pushCloses.unauthenticated
      : PROTOCOL_BROKEN
  } catch {
    return PROTOCOL_BROKEN
  }
}

export class PushConnection {
  userId = ''
  /** Of its token. */
  session: string | undefined
  /** The last number it was sent. */
  seq = 0
  readonly #socket: WebSocket
  readonly #deps: ConnectionDeps
  readonly #waiting: NodeJS.Timeout
  /** End of its token. */
  #untilMs = 0
  #joined = false
  #greeting = false
  /** A page is on its way into the socket; `owes`: there is more to read after it. */
  #busy = false
  #owes = false
  /** Was the last ping answered, and the page of then taken? */
  #alive = true
  #stuck = false

  constructor(socket: WebSocket, deps: ConnectionDeps) {
    this.#socket = socket
    this.#deps = deps
    this.#waiting = setTimeout(() => this.close(pushCloses.unauthenticated), HELLO_WITHIN_MS)
    this.#waiting.unref()
    socket.on('message', (data, isBinary) => this.#hear(data, isBinary))
    socket.on('pong', () => {
      this.#alive = true
    })
    socket.on('close', () => {
      clearTimeout(this.#waiting)
      if (this.#joined) deps.hub.leave(this)
    })
  }

  close(code: number): void {
    this.#socket.close(code)
  }

  #hear(data: RawData, isBinary: boolean): void {
    const hello = helloOf(data, isBinary)
    // Verifying costs more than sending: whoever does not wait for an answer is no client of ours.
    if (typeof hello === 'number' || this.#greeting) {
      this.close(typeof hello === 'number' ? hello : PROTOCOL_BROKEN)
      return
    }
    this.#greeting = true
    this.#greet(hello)
      .catch((error: unknown) =>
        this.close(error instanceof Problem ? pushCloses.unauthenticated : COME_LATER),
      )
      .finally(() => {
        this.#greeting = false
      })
  }

  async #greet({ token, since }: Hello): Promise<void> {
    const { verifier } = this.#deps
    const { caller, expiresAtMs } = await verifier.inspect(token)
    if (this.#joined && caller.id !== this.userId) return this.close(pushCloses.unauthenticated)
    this.#untilMs = expiresAtMs
    this.session = caller.session
    if (!this.#joined) await this.#join(caller.id, since)
    // A session that ended meanwhile was ended for the connections the hub knew: from here on for this one too.
    if (this.#joined) await verifier.inspect(token)
  }

  async #join(userId: string, since: Hello['since']): Promise<void> {
    const { hub, perUserMax } = this.#deps
    clearTimeout(this.#waiting)
    const { seq, gap } = await hub.stand(userId, since ?? null)
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (hub.connectionsOf(userId) >= perUserMax) return this.close(pushCloses.too_many)
    this.userId = userId
    this.seq = seq
    this.#socket.send(textOf({ type: 'ready', seq }))
    if (gap) this.#socket.send(textOf({ type: 'gap' }))
    this.#joined = true
    hub.join(this)
  }

  /** Whether it can take a page now; if not, it asks for one when it can. */
  isFree(): boolean {
    if (this.#busy) this.#owes = true
    return !this.#busy
  }

  /** Sends what follows of these rows of its user; `more`: there are others behind them. */
  deliver(rows: readonly PushRow[], more: boolean): void {
    if (!this.isFree() || this.#socket.readyState !== this.#socket.OPEN) return
    const next = rows.filter((row) => row.seq > this.seq)
    if (next.length === 0) return
    this.#busy = true
    this.#owes = more
    for (const [i, row] of next.entries()) {
      // Swept away while it was not looking.
      if (row.seq !== this.seq + 1) this.#socket.send(textOf({ type: 'gap' }))
      this.seq = row.seq
      const isLast = i === next.length - 1
      this.#socket.send(eventText(row), isLast ? () => this.#taken() : undefined)
    }
  }

  #taken(): void {
    this.#busy = false
    this.#stuck = false
    if (this.#owes) this.#deps.hub.wake([this.userId])
    this.#owes = false
  }

  /** Looks after it, every now and then: a client that is gone, stuck, or not who it was. */
  tick(now: number): void {
    if (now >= this.#untilMs + EXPIRY_GRACE_MS) {
      this.close(pushCloses.unauthenticated)
      return
    }
    if (!this.#alive || (this.#busy && this.#stuck)) {
      this.#socket.terminate()
      return
    }
    this.#stuck = this.#busy
    this.#alive = false
    this.#socket.ping()
    this.#socket.send(ALIVE)
  }
}
