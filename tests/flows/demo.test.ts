// The purchase by every way to pay and with every outcome, as `rialto demo` plays it: on a world of the test's own, and as a
// command of its own. What they show of the specification is the checklist's; that their verdicts can be bad is proved beside it.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Verdict } from '@rialto/flows/checker/verdict.ts'
import { showItems } from '@rialto/flows/testing/shown.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import type { YooKassa } from '@rialto/sandbox/yookassa/server.ts'
import { payAtSandbox, poll } from 'rialto/demo/buyer.ts'
import { type Choice, demoPurchase, METHODS, OUTCOMES } from 'rialto/demo/purchase.ts'
import { type Stage, waitThrough } from 'rialto/demo/stage.ts'
import type { DemoResult } from 'rialto/demo/verdict.ts'
import { rialto } from '../start/program.ts'
import { assertMailed, openWorld, told, type World } from './harness.ts'
import { deafTo } from './plants.ts'
import { order, pay, startPaying } from './shopper.ts'

const full = process.env.PROOF === 'full'

/** The person and the client application between them are the storefront's. */
const OF_PAGES = ['P.01', 'P.17', 'P.18', 'P.45', 'P.46', 'P.51']

/** A stage in the world. `before` is done when a saved card is about to be charged. */
const stageOf = (
  { url, platform, advance }: World,
  before: () => void = () => undefined,
): Stage => ({
  ...{ url, advance, now: () => platform.env.clock.now() },
  say: (text) => {
    if (text.includes('has saved the card')) before()
  },
})

function sandboxOf({ platform }: World): YooKassa['control'] {
  assert.ok(platform.sandbox)
  return platform.sandbox.control
}

const assertConforms = (verdict: Verdict): void =>
  assert.equal(verdict.verdict, 'conforms', told(verdict))

describe('demo purchase', { timeout: 480_000 }, () => {
  let world: World
  const shown = new Set<string>()
  before(async () => {
    world = await openWorld()
  })
  after(() => world.stop())

  for (const method of METHODS)
    for (const outcome of OUTCOMES)
      test(`demo – ${method}, ${outcome} – conforms to its own branch`, async (t) => {
        // A charge that is answered is told by its webhook as well; which of them is quicker must not matter here.
        const onlyAnswer = () => sandboxOf(world).setWebhooks({ mode: 'lost', times: 1 })
        const stage = stageOf(world, outcome === 'timeout' ? undefined : onlyAnswer)
        const result = await demoPurchase(stage, { method, outcome })
        const { verdict, required, seen, deviations, stray, id } = result
        assert.deepEqual(
          { verdict, seen, deviations, stray },
          { verdict: 'conforms', seen: required, deviations: [], stray: [] },
        )
        const final = await world.finalVerdict(id)
        assertConforms(final)
        await assertMailed(world, id, final)
        for (const item of showItems(final, t.fullName, id)) shown.add(item)
      })

  test('demos – all of them together – show every item of the document but those of the pages', () => {
    const items = Array.from({ length: 52 }, (_, n) => `P.${String(n + 1).padStart(2, '0')}`)
    assert.deepEqual(
      items.filter((item) => !shown.has(item)),
      OF_PAGES,
    )
  })

  test('demo – saved, the webhook quicker than the provider’s answer – conforms; the webhook is in the record', async () => {
    const fault = { operation: 'payments.create', kind: 'delay_answer', delayMs: 4_000 } as const
    const stage = stageOf(world, () => sandboxOf(world).addFault(fault))
    const { id } = await demoPurchase(stage, { method: 'saved', outcome: 'ok' })
    const verdict = await world.finalVerdict(id)
    assertConforms(verdict)
    assert.equal(verdict.branches.direct, 'webhook')
    assert.equal(verdict.matched['hook.call']?.length, 1)
  })

  test('purchase – begun by card, then paid by SBP – the first is given up, the run conforms', async () => {
    const ordered = await order(world.url)
    await startPaying(world.url, ordered)
    const page = await startPaying(world.url, ordered, { payment_method_type_hint: 'sbp' })
    await payAtSandbox(page, 'ok')
    const verdict = await world.finalVerdict(ordered.orderId)
    assertConforms(verdict)
    assert.equal(verdict.branches['settlement 2'], 'paid')
  })

  test('purchase – the webhook comes after the platform has asked – conforms as read, and stays so', async () => {
    const ordered = await order(world.url)
    const control = sandboxOf(world)
    control.setWebhooks({ mode: 'lost', times: 1 })
    await pay(world.url, ordered)
    world.advance(6 * SECOND)
    const isPaid = async (): Promise<boolean> => {
      const sql = `select from payments.payments where order_id = $1 and status = 'completed'`
      return (await world.db.pool.query(sql, [ordered.orderId])).rowCount === 1
    }
    assert.ok(await poll(isPaid, (paid) => paid))
    const read = await world.finalVerdict(ordered.orderId)
    assertConforms(read)
    const last = control.notifications().at(-1)
    assert.ok(last)
    control.redeliver(last.id)
    const verdict = await world.finalVerdict(ordered.orderId)
    assertConforms(verdict)
    assert.equal(verdict.branches.notice, 'read')
    assert.deepEqual(verdict.matched['read.webhook']?.length, 1)
  })
})

interface Ended {
  readonly code: number | null
  readonly line: DemoResult
  readonly err: string
}

async function play(
  choice: Choice,
  settings: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const words = ['demo', 'purchase', '--method', choice.method, '--outcome', choice.outcome]
  const { code, out, err } = await rialto([...words, '--json'], settings)
  const line = out.trimEnd().split('\n').at(-1) ?? ''
  assert.ok(line.startsWith('{'), err)
  return { code, err, line: JSON.parse(line) as DemoResult }
}

/** As commands, which take their time to start; a quick run plays the first two, and all of them in the world above. */
const PLAYED: readonly (readonly [Choice, part: string, said: RegExp])[] = [
  [{ method: 'card', outcome: 'ok' }, 'redirected', /at the provider: paid/],
  [
    { method: 'card', outcome: 'timeout' },
    'found_out',
    /the provider was asked after \d+ s and says: paid/,
  ],
  [{ method: 'sbp', outcome: 'ok' }, 'code_shown', /at the provider: paid/],
  [{ method: 'saved', outcome: 'ok' }, 'charged', /an earlier purchase has saved the card/],
  [{ method: 'card', outcome: 'decline' }, 'canceled', /the order is canceled: payment_failed/],
]

describe('rialto demo purchase', { timeout: 480_000 }, () => {
  for (const [choice, part, said] of full ? PLAYED : PLAYED.slice(0, 2))
    test(`rialto demo – ${choice.method}, ${choice.outcome} – conforms, status 0, its last line says so, people read how`, async () => {
      const { code, line, err } = await play(choice)
      const { flow, method, outcome, verdict, required, seen, deviations, stray, id, ms } = line
      assert.equal(code, 0, err)
      assert.deepEqual(
        [flow, method, outcome, verdict, seen, deviations, stray],
        ['purchase', choice.method, choice.outcome, 'conforms', required, [], []],
      )
      assert.ok(required >= 30, `${required} required`)
      assert.match(id, /^ord_/)
      for (const name of ['ready', 'ordered', part, 'judged'])
        assert.ok(Number.isFinite(ms[name]), name)
      assert.match(err, said)
    })

  test('demo – on a platform that confirms nothing – deviates, and all that is missing is named', async (t) => {
    const broken = await openWorld({
      services: deafTo('notifications', 'order.processing.completed.v1'),
    })
    t.after(() => broken.stop())
    // It is at rest when nothing more has been recorded for a while.
    const stage = { ...stageOf(broken), limits: { busyMs: 3_000, timeoutMs: 120_000 } }
    const { verdict, deviations } = await demoPurchase(stage, { method: 'sbp', outcome: 'timeout' })
    assert.equal(verdict, 'deviates')
    assert.deepEqual(
      deviations.map(({ text }) => text.split(' ')[0]),
      ['P.29', 'P.30', 'P.31', 'P.32'],
    )
  })

  test('demo – on a platform whose clock is another’s – waits for what is to come, and says for how long', async () => {
    const said: string[] = []
    const stage: Stage = { url: '', now: () => 0, say: (text) => said.push(text) }
    const ask = async () => 'paid'
    const wait = { words: 'the platform finds out', ask, good: (state: string) => state === 'paid' }
    assert.equal(await waitThrough(stage, 60_000, wait), 'paid')
    assert.deepEqual(said, [
      'the platform finds out: this platform’s time passes by itself, up to 60 s',
    ])
  })

  test('rialto demo – where no platform runs – one sentence and status 1, no stack', async () => {
    const url = 'http://127.0.0.1:9'
    const { code, out, err } = await rialto(['demo', 'purchase', '--json'], { RIALTO_URL: url })
    assert.deepEqual([code, out], [1, ''])
    assert.match(
      err,
      /^rialto demo: no platform answers at RIALTO_URL=http:\/\/127\.0\.0\.1:9 [^\n]+\n$/,
    )
  })
})
