// The live connection. It asks to go on behind the last event it has seen, so that nothing is lost while it was away, and says
// what it cannot vouch for (`gap`), upon which everything is read again. Where no socket is served it falls back to asking at
// intervals, and tries for the socket again now and then.

export type LiveState = 'off' | 'connecting' | 'live' | 'reconnecting' | 'polling'

export interface LiveEvent {
  readonly seq: number
  /** The event's name of the specification. */
  readonly event: string
  readonly at: string
  readonly data: Readonly<Record<string, unknown>>
}

/** `gap`: anything may have changed. */
export type LiveNews =
  | { readonly kind: 'event'; readonly event: LiveEvent }
  | { readonly kind: 'gap' }

/** What is used of a WebSocket. */
export interface Wire {
  onopen: (() => void) | null
  onmessage: ((message: { readonly data: unknown }) => void) | null
  onclose: ((end: { readonly code: number }) => void) | null
  send(text: string): void
  close(): void
}

export interface LiveOptions {
  readonly open: () => Wire
  /** Undefined: nobody is signed in. */
  readonly token: () => Promise<string | undefined>
  /** A new one, after the platform refused the last. */
  readonly renewed: () => Promise<string | undefined>
  /** Runs later; answers how to prevent it. */
  readonly after: (ms: number, run: () => void) => () => void
  /** 0 to 1, so that clients of a restarted server do not come back in step. */
  readonly chance: () => number
  readonly onState: (state: LiveState) => void
  readonly onNews: (news: LiveNews) => void
}

export interface Live {
  start(): void
  stop(): void
  /** The network went away, or came back. */
  network(online: boolean): void
}

const TOKEN_REFUSED = 4401
/** No code of the wire: it was not opened for want of a token, or said nothing any more. */
const NO_CODE = 0
const RETRY_MS = [300, 1_000, 2_000, 4_000, 8_000, 15_000] as const
/** So many connections in a row that never became ready: there is no socket here. */
const UNSERVED_AFTER = 3
/** Longer than two of the server's signs of life: then the line is dead, though nobody said so. */
const SILENCE_MS = 40_000
const POLL_MS = 3_000
const POLLS_BEFORE_RETRY = 10

class Connection implements Live {
  readonly #options: LiveOptions
  #wire: Wire | undefined
  #state: LiveState = 'off'
  #since: number | null = null
  #failures = 0
  #tries = 0
  #polls = 0
  #cancel: () => void = () => {}
  #isRenewing = false

  constructor(options: LiveOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#state !== 'off') return
    this.#failures = 0
    this.#become('connecting')
    void this.#connect()
  }

  stop(): void {
    this.#cancel()
    this.#drop()
    this.#since = null
    this.#become('off')
  }

  network(online: boolean): void {
    if (this.#state === 'off') return
    this.#cancel()
    this.#drop()
    this.#failures = 0
    this.#become('reconnecting')
    if (online) void this.#connect()
  }

  #become(state: LiveState): void {
    if (this.#state === state) return
    this.#state = state
    this.#options.onState(state)
  }

  #drop(): void {
    const wire = this.#wire
    this.#wire = undefined
    wire?.close()
  }

  async #connect(): Promise<void> {
    const { open, token, renewed } = this.#options
    this.#tries += 1
    const mine = this.#tries
    const isRenewing = this.#isRenewing
    const good = await (isRenewing ? renewed() : token()).catch(() => null)
    // The network came back meanwhile, and another try is under way.
    if (this.#state === 'off' || mine !== this.#tries) return
    // Nobody could say whether the session goes on: that is no sign-out.
    if (good === null) {
      this.#closed(isRenewing ? TOKEN_REFUSED : NO_CODE)
      return
    }
    this.#isRenewing = false
    if (good === undefined) {
      this.stop()
      return
    }
    const wire = open()
    this.#drop()
    this.#wire = wire
    this.#awaitLife()
    wire.onopen = () =>
      wire.send(JSON.stringify({ type: 'hello', token: good, since: this.#since }))
    wire.onmessage = ({ data }) => {
      if (this.#wire !== wire) return
      this.#awaitLife()
      // Whoever hears the news may stop it all.
      this.#take(String(data))
    }
    wire.onclose = ({ code }) => {
      if (this.#wire === wire) this.#closed(code)
    }
  }

  /** Closing a dead line takes the browser minutes: it is let go, and another one opened. */
  #awaitLife(): void {
    this.#later(SILENCE_MS, () => {
      this.#drop()
      this.#closed(NO_CODE)
    })
  }

  #take(text: string): void {
    const frame = JSON.parse(text) as { type: string; seq?: number } & Omit<LiveEvent, 'seq'>
    if (frame.type === 'gap') this.#options.onNews({ kind: 'gap' })
    if (typeof frame.seq !== 'number') return
    if (frame.type === 'ready') {
      // What happened before the first connection was read by requests that may be older than it.
      if (this.#since === null) this.#options.onNews({ kind: 'gap' })
      this.#since ??= frame.seq
      this.#failures = 0
      this.#become('live')
    } else if (frame.type === 'event') {
      this.#since = frame.seq
      const { seq, event, at, data } = frame as LiveEvent
      this.#options.onNews({ kind: 'event', event: { seq, event, at, data } })
    }
  }

  #closed(code: number): void {
    this.#wire = undefined
    this.#isRenewing = code === TOKEN_REFUSED
    this.#failures += 1
    if (this.#failures >= UNSERVED_AFTER && this.#since === null) {
      this.#poll()
      return
    }
    this.#become('reconnecting')
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1] ?? RETRY_MS[0]
    this.#later(wait * (0.5 + this.#options.chance() / 2), () => void this.#connect())
  }

  #poll(): void {
    this.#become('polling')
    this.#later(POLL_MS, () => {
      this.#options.onNews({ kind: 'gap' })
      this.#polls += 1
      if (this.#polls % POLLS_BEFORE_RETRY === 0) void this.#connect()
      else this.#poll()
    })
  }

  #later(ms: number, run: () => void): void {
    this.#cancel()
    this.#cancel = this.#options.after(ms, run)
  }
}

export const openLive = (options: LiveOptions): Live => new Connection(options)
