// The live connection, with a wire and a timer that the test holds.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LiveNews, type LiveState, openLive, type Wire } from './socket.ts'

class TestWire implements Wire {
  onopen: (() => void) | null = null
  onmessage: ((message: { readonly data: unknown }) => void) | null = null
  onclose: ((end: { readonly code: number }) => void) | null = null
  readonly sent: unknown[] = []
  isClosed = false
  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }
  close(): void {
    this.isClosed = true
  }
  says(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
}

function open() {
  const wires: TestWire[] = []
  const states: LiveState[] = []
  const news: LiveNews[] = []
  const timers = new Map<number, { ms: number; run: () => void }>()
  let made = 0
  let token: string | undefined = 'first'
  let renewals = 0
  let isDown = false
  const answered = async <T>(answer: T): Promise<T> => {
    if (isDown) throw new Error('no answer')
    return answer
  }
  const live = openLive({
    open: () => {
      const wire = new TestWire()
      wires.push(wire)
      return wire
    },
    token: () => answered(token),
    renewed: () => {
      renewals += 1
      return answered('renewed')
    },
    after: (ms, run) => {
      const id = ++made
      timers.set(id, { ms, run })
      return () => timers.delete(id)
    },
    chance: () => 1,
    onState: (state) => states.push(state),
    onNews: (one) => news.push(one),
  })
  /** Lets the time of the one waiting timer come; answers how long it had to wait. */
  const pass = (): number => {
    assert.equal(timers.size, 1)
    const [[id, { ms, run }]] = [...timers] as [[number, { ms: number; run: () => void }]]
    timers.delete(id)
    run()
    return ms
  }
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
  const connect = async (): Promise<TestWire> => {
    await settled()
    const wire = wires.at(-1) as TestWire
    wire.onopen?.()
    return wire
  }
  const signOut = (): void => {
    token = undefined
  }
  const down = (is: boolean): void => {
    isDown = is
  }
  return {
    down,
    live,
    wires,
    states,
    news,
    pass,
    connect,
    settled,
    timers,
    signOut,
    renewals: () => renewals,
  }
}

const event = (seq: number) => ({
  ...{ type: 'event', seq, event: 'order.created', at: '2026-11-21T07:00:00Z' },
  data: { order_id: 'ord_1' },
})
const seqs = (news: readonly LiveNews[]): (number | 'gap')[] =>
  news.map((one) => (one.kind === 'gap' ? 'gap' : one.event.seq))

test('live – connected, cut, connected again – goes on behind the last event it saw', async () => {
  const { live, states, news, pass, connect } = open()
  live.start()
  const first = await connect()
  assert.deepEqual(first.sent, [{ type: 'hello', token: 'first', since: null }])
  first.says({ type: 'ready', seq: 7 })
  first.says(event(8))
  first.says(event(9))
  first.onclose?.({ code: 1006 })
  pass()
  const second = await connect()
  assert.deepEqual(second.sent, [{ type: 'hello', token: 'first', since: 9 }])
  second.says({ type: 'ready', seq: 12 })
  second.says(event(10))
  assert.deepEqual(seqs(news), ['gap', 8, 9, 10])
  assert.deepEqual(states, ['connecting', 'live', 'reconnecting', 'live'])
})

test('live – cut before any event – goes on from where it became ready', async () => {
  const { live, pass, connect } = open()
  live.start()
  const first = await connect()
  first.says({ type: 'ready', seq: 7 })
  first.onclose?.({ code: 1006 })
  pass()
  assert.deepEqual((await connect()).sent, [{ type: 'hello', token: 'first', since: 7 }])
})

test('live – the token is refused – a new one is asked for before the next connection', async () => {
  const { live, pass, connect, renewals } = open()
  live.start()
  const first = await connect()
  first.says({ type: 'ready', seq: 1 })
  first.onclose?.({ code: 4401 })
  pass()
  const second = await connect()
  assert.deepEqual(second.sent, [{ type: 'hello', token: 'renewed', since: 1 }])
  assert.equal(renewals(), 1)
})

test('live – cut again and again – waits longer each time, to a limit', async () => {
  const { live, pass, connect } = open()
  live.start()
  const first = await connect()
  first.says({ type: 'ready', seq: 1 })
  first.onclose?.({ code: 1006 })
  const waits: number[] = []
  for (let round = 0; round < 7; round++) {
    waits.push(pass())
    ;(await connect()).onclose?.({ code: 1006 })
  }
  assert.deepEqual(waits, [300, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
})

test('live – no socket is served – asks at intervals, and finds the socket when there is one', async () => {
  const { live, states, news, pass, connect } = open()
  live.start()
  ;(await connect()).onclose?.({ code: 1006 })
  for (let tries = 1; tries < 3; tries++) {
    pass()
    ;(await connect()).onclose?.({ code: 1006 })
  }
  assert.equal(states.at(-1), 'polling')
  for (let polls = 0; polls < 10; polls++) pass()
  assert.deepEqual(
    seqs(news),
    Array.from({ length: 10 }, () => 'gap'),
  )
  ;(await connect()).says({ type: 'ready', seq: 3 })
  assert.equal(states.at(-1), 'live')
})

test('live – a line that has fallen silent – is let go, and another goes on behind the last event', async () => {
  const { live, states, pass, connect } = open()
  live.start()
  const dead = await connect()
  dead.says({ type: 'ready', seq: 1 })
  dead.says(event(2))
  dead.says({ type: 'alive' })
  assert.deepEqual(states, ['connecting', 'live'])
  assert.deepEqual([pass(), pass()], [40_000, 300])
  const next = await connect()
  assert.deepEqual(
    [dead.isClosed, next.sent],
    [true, [{ type: 'hello', token: 'first', since: 2 }]],
  )
  dead.says(event(3))
  dead.onclose?.({ code: 1006 })
  next.says({ type: 'ready', seq: 2 })
  assert.deepEqual(states, ['connecting', 'live', 'reconnecting', 'live'])
})

test('live – sockets that are taken and never answered – count as none: asks at intervals', async () => {
  const { live, states, pass, connect, wires } = open()
  live.start()
  for (let tries = 1; tries <= 3; tries++) {
    await connect()
    assert.equal(pass(), 40_000)
    if (tries < 3) pass()
  }
  assert.equal(states.at(-1), 'polling')
  // Nor does another try that is never answered end that.
  for (let polls = 0; polls < 10; polls++) assert.equal(pass(), 3_000)
  await connect()
  assert.deepEqual([wires.length, pass(), pass()], [4, 40_000, 3_000])
})

test('live – something is missing for good – says so', async () => {
  const { live, news, connect } = open()
  live.start()
  const wire = await connect()
  wire.says({ type: 'ready', seq: 1 })
  wire.says({ type: 'gap' })
  assert.deepEqual(seqs(news), ['gap', 'gap'])
})

test('live – the network goes and comes – no try while it is away, one at once when it is back', async () => {
  const { live, wires, states, timers, connect, settled } = open()
  live.start()
  const first = await connect()
  first.says({ type: 'ready', seq: 1 })
  live.network(false)
  await settled()
  assert.deepEqual([first.isClosed, wires.length, timers.size], [true, 1, 0])
  live.network(true)
  assert.deepEqual((await connect()).sent, [{ type: 'hello', token: 'first', since: 1 }])
  assert.equal(states.at(-1), 'reconnecting')
})

test('live – nobody can say whether the session goes on – is no sign-out: it is tried again, as often as it takes', async () => {
  const { live, states, pass, connect, settled, down, renewals } = open()
  live.start()
  const first = await connect()
  first.says({ type: 'ready', seq: 4 })
  down(true)
  first.onclose?.({ code: 4401 })
  const waits: number[] = []
  for (let round = 0; round < 3; round++) {
    waits.push(pass())
    await settled()
  }
  assert.deepEqual(waits, [300, 1_000, 2_000])
  down(false)
  pass()
  assert.deepEqual((await connect()).sent, [{ type: 'hello', token: 'renewed', since: 4 }])
  assert.equal(renewals(), 4)
  assert.deepEqual(states, ['connecting', 'live', 'reconnecting'])
})

test('live – no token before the first connection either – is tried again, and a try that was overtaken is given up', async () => {
  const { live, wires, timers, pass, connect, settled, down } = open()
  down(true)
  live.start()
  await settled()
  assert.deepEqual([wires.length, timers.size], [0, 1])
  down(false)
  pass()
  live.network(true)
  ;(await connect()).says({ type: 'ready', seq: 1 })
  // What is left waits for the next sign of life.
  assert.deepEqual([wires.length, timers.size], [1, 1])
})

test('live – stopped, or signed out – is off and stays off', async () => {
  const { live, states, timers, connect, signOut, settled, wires } = open()
  live.start()
  const first = await connect()
  signOut()
  live.network(true)
  await settled()
  assert.deepEqual([states.at(-1), timers.size, wires.length], ['off', 0, 1])
  first.says({ type: 'ready', seq: 1 })
  assert.equal(states.at(-1), 'off')
})
