// The same purchases in both hosts, one process and many, and on both transports: none may be judged otherwise than in the first.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { platformConfig } from '@rialto/kernel/config/platform.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import type { Broker } from '@rialto/kernel/testing/kafka.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { openPlatform } from '@rialto/server/platform.ts'
import { callApi, expectStatus } from 'rialto/demo/buyer.ts'
import type { Customer } from 'rialto/demo/customer.ts'
import { type Choice, demoPurchase } from 'rialto/demo/purchase.ts'
import { type Stage, waitFor } from 'rialto/demo/stage.ts'
import { type Judged, verdictOf } from 'rialto/demo/verdict.ts'
import { gamesOf, type Ordered, order, pay } from '../flows/shopper.ts'
import { type Bus, busSettings, openBroker, openSeparate } from './surroundings.ts'

const AT_ONCE = 12

/** What two runs of the same purchase have in common. */
const essence = (judged: Omit<Judged, 'interactions'>) => ({
  verdict: judged.verdict,
  required: judged.required,
  seen: judged.seen,
  deviations: judged.deviations.map(({ text }) => text),
  branches: judged.branches,
  items: judged.items.toSorted(),
})
type Essence = ReturnType<typeof essence>

const stageAt = (url: string): Stage => ({
  url,
  now: () => systemClock.now(),
  say: () => undefined,
})

const played = (choice: Choice) => async (url: string) => {
  const { stray, ...result } = await demoPurchase(stageAt(url), choice)
  assert.deepEqual(stray, [])
  return [essence(result)]
}

interface News {
  readonly items: readonly { readonly kind: string }[]
}

const read = <Body>(url: string, line: `GET /${string}`, { buyer }: Ordered): Promise<Body> =>
  expectStatus(200, callApi<Body>(url, line, { token: buyer.token }))

/** As its buyer may ask. */
const judged = async (url: string, { orderId, buyer }: Ordered): Promise<Essence> => {
  const ask: Customer['ask'] = (line) => callApi(url, line, { token: buyer.token })
  return essence(await verdictOf(stageAt(url), { ask }, orderId))
}

type Purchase = (url: string) => Promise<readonly Essence[]>

const TRIES = 6

/**
 * A webhook that is kept waiting by a busy machine for longer than the reconciler waits is overtaken by it, which conforms and is
 * another branch: then they buy once more.
 */
const byWebhook =
  (buy: Purchase): Purchase =>
  async (url) => {
    let found = await buy(url)
    const isOvertaken = () => found.some(({ branches }) => branches.notice === 'read')
    for (let tried = 1; isOvertaken() && tried < TRIES; tried++) found = await buy(url)
    return found
  }

/** Purchases of the flow's own tests, each with what a person does and waits for. */
const PURCHASES: Readonly<Record<string, Purchase>> = {
  'by card': byWebhook(played({ method: 'card', outcome: 'ok' })),
  'by SBP': byWebhook(played({ method: 'sbp', outcome: 'ok' })),
  'no word from the provider': played({ method: 'card', outcome: 'timeout' }),
  'declined, then paid': byWebhook(async (url) => {
    const ordered = await order(url)
    await pay(url, ordered, 'no_funds')
    await waitFor(stageAt(url), {
      words: 'the buyer is told that the bank said no',
      ask: () => read<News>(url, `GET /notifications?order_id=${ordered.orderId}`, ordered),
      good: ({ items }) => items.some(({ kind }) => kind === 'payment_failed'),
    })
    await pay(url, ordered)
    return [await judged(url, ordered)]
  }),
  'twelve people at once': byWebhook(async (url) => {
    const games = (await gamesOf(url)).slice(0, AT_ONCE)
    const all = await Promise.all(games.map((game) => order(url, { game })))
    await Promise.all(all.map((ordered) => pay(url, ordered)))
    return Promise.all(all.map((ordered) => judged(url, ordered)))
  }),
}

async function buyAll(url: string): Promise<Record<string, readonly Essence[]>> {
  const runs = Object.entries(PURCHASES).map(async ([name, run]) => [name, await run(url)] as const)
  return Object.fromEntries(await Promise.all(runs))
}

async function inOneProcess(broker: Broker | undefined) {
  const dataDir = mkdtempSync(join(tmpdir(), 'rialto-hosts-'))
  const settings = { ...busSettings(broker), PORT: '0', LOG_LEVEL: 'error', DATA_DIR: dataDir }
  const platform = await openPlatform({
    config: platformConfig(settings),
    scratch: true,
    demo: true,
  })
  try {
    return await buyAll(platform.url)
  } finally {
    await platform.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function inMany(t: TestContext, bus: Bus) {
  const { fleet } = await openSeparate(t, bus)
  const found = await buyAll(fleet.url)
  await fleet.stop()
  return found
}

let first: Record<string, readonly Essence[]> | undefined
let broker: Broker | undefined
after(() => broker?.stop())

const HOSTS = {
  'one process': async (_: TestContext, bus: Bus) => {
    if (bus === 'kafka') broker = await openBroker()
    return inOneProcess(broker)
  },
  'separate processes': inMany,
} as const

for (const bus of ['log', 'kafka'] as const)
  for (const [host, buyIn] of Object.entries(HOSTS))
    test(`purchases – ${host}, over ${bus === 'log' ? 'the log' : 'Kafka'} – conform, and are judged as in the first host`, {
      timeout: 600_000,
    }, async (t) => {
      if (bus === 'kafka' && needs(t, 'kafka') === undefined) return
      const found = await buyIn(t, bus)
      first ??= found
      const all = Object.values(found).flat()
      assert.equal(all.length, Object.keys(PURCHASES).length - 1 + AT_ONCE)
      for (const { verdict, deviations } of all)
        assert.equal(verdict, 'conforms', deviations.join())
      assert.deepEqual(found, first)
    })
