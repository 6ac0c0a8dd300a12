// The commands as an operator types them, beside a platform that runs: what they print, and the status they end with. 0: what was
// asked for is so; 1: it is not; 2: the words or the settings were not understood.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { testDatabase } from '@rialto/kernel/testing/database.ts'
import { type Command, UsageError } from 'rialto/command.ts'
import { bench } from 'rialto/commands/bench.ts'
import { deadLetters } from 'rialto/commands/dead-letters.ts'
import { demo } from 'rialto/commands/demo.ts'
import { events } from 'rialto/commands/events.ts'
import { flows } from 'rialto/commands/flows.ts'
import { keys } from 'rialto/commands/keys.ts'
import { ledger } from 'rialto/commands/ledger.ts'
import { migrateCommand } from 'rialto/commands/migrate.ts'
import { openWorld, type World } from '../flows/harness.ts'
import { refusingWhile, withPublish } from '../flows/plants.ts'
import { library, type Ordered, order, pay } from '../flows/shopper.ts'
import { type Ended, rialto } from '../start/program.ts'

const linesOf = (ended: Ended): Record<string, unknown>[] =>
  ended.out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

const ID = '00000000-0000-7000-8000-000000000000'

const MISUSES: readonly (readonly [command: Command, words: string, said: RegExp])[] = [
  [demo, '', /name one of: purchase/],
  [demo, 'theft', /name one of: purchase/],
  [demo, 'purchase --method cash', /--method takes one of: card, sbp, saved/],
  [demo, 'purchase --outcome maybe', /--outcome takes one of: ok, decline, timeout/],
  [flows, 'check', /say check and an order id/],
  [flows, 'check nonsense', /no diagram belongs to keys like "nonsense"/],
  [events, '', /say tail, replay or resend/],
  [events, 'tail --limit 0', /--limit takes 1 to 10000/],
  [events, 'tail --frob', /--frob/],
  [events, 'replay --group orders', /would double its effects/],
  [deadLetters, '', /say list, redrive or discard/],
  [deadLetters, 'list --event 7', /--event takes the id of an event/],
  [deadLetters, 'discard --group library', /discard takes --group, --event and --reason/],
  [deadLetters, `redrive ${ID}`, /"00000000-\S+" is not understood/],
  [deadLetters, `list ${ID}`, /"00000000-\S+" is not understood/],
  [deadLetters, `discard ${ID}`, /"00000000-\S+" is not understood/],
  [deadLetters, 'list --limit 0', /--limit takes 1 to 10000/],
  [deadLetters, 'redrive --reason mended', /redrive takes no --reason/],
  [deadLetters, `discard --group library --event ${ID} --reason no`, /--reason takes 3 to 500/],
  [bench, '../../etc', /name a bench/],
  [bench, 'bus kafka', /"kafka" is not understood/],
  [demo, 'purchase twice', /"twice" is not understood/],
  [events, 'replay --group observer --topic orders', /replay takes no --topic/],
  [events, 'tail --group observer', /tail takes no --group/],
  [flows, 'check ord_1 ord_2', /"ord_2" is not understood/],
  [keys, 'list all', /"all" is not understood/],
  [ledger, 'verify --quick', /--quick/],
  [migrateCommand, 'down', /"down" is not understood/],
]

describe('words that are not understood', { timeout: 360_000 }, () => {
  for (const [command, words, said] of MISUSES)
    test(`rialto ${command.name} ${words} – misused – the mistake is named, before anything is opened`, async () => {
      const run = async (): Promise<boolean> => command.run(words.split(' ').filter(Boolean))
      await assert.rejects(run, (error) => error instanceof UsageError && said.test(error.message))
    })

  test('rialto – no such command, a misused one – status 2, without a stack, nothing printed', async () => {
    for (const words of ['frobnicate', 'events replay --group orders']) {
      const { code, out, err } = await rialto(words.split(' '))
      assert.deepEqual([code, out], [2, ''], err)
      assert.match(err, /no command "frobnicate"|would double its effects/)
      assert.doesNotMatch(err, /^\s+at /m)
    }
  })

  test('rialto – without words, a setting that does not fit – usage; status 2 and the variable named', async () => {
    const usage = await rialto([])
    assert.equal(usage.code, 0)
    for (const word of [
      'serve',
      'migrate',
      'demo',
      'flows',
      'events',
      'dead-letters',
      'sandbox',
      'keys',
      'ledger',
      'bench',
    ])
      assert.match(usage.out, new RegExp(`^ {2}${word}`, 'm'))
    for (const word of ['help', '--help', '-h'])
      assert.deepEqual(await rialto([word]), { ...usage, err: '' }, word)
    for (const word of ['--help', '-h']) {
      const help = await rialto(['sandbox', word])
      assert.deepEqual([help.code, /^rialto sandbox \[--json\]\n\n\w/.test(help.out)], [0, true])
    }
    const bad = await rialto(['migrate'], { PORT: 'eighty', RIALTO_UR: 'x' })
    assert.equal(bad.code, 2)
    assert.match(bad.err, /RIALTO_UR/)
    const worse = await rialto(['migrate'], { PORT: 'eighty' })
    assert.deepEqual([worse.code, /PORT: got "eighty"/.test(worse.err)], [2, true])
    const served = await rialto(['serve'], { PORT: 'eighty' })
    assert.deepEqual([served.code, /PORT: got "eighty"/.test(served.err)], [2, true])
  })
})

describe('rialto migrate', { timeout: 360_000 }, () => {
  test('migrate – a database without our schemas, then again – applies all, then nothing', async (t) => {
    const db = await testDatabase(t)
    const settings = { DATABASE_URL: db.url, MASTER_KEY: Buffer.alloc(32, 5).toString('base64') }
    const first = await rialto(['migrate', '--json'], settings)
    assert.equal(first.code, 0, first.err)
    const [applied] = linesOf(first) as unknown as [{ applied: string[]; roles: string }]
    for (const name of ['orders', 'payments', 'library', 'observer'])
      assert.ok(
        applied.applied.some((file) => file.includes(name)),
        `${name} in ${applied.applied}`,
      )
    assert.equal(applied.roles, 'separate')
    const again = await rialto(['migrate'], settings)
    assert.deepEqual([again.code, again.out.split(':')[0]], [0, 'Nothing to do'])
  })
})

describe('rialto beside a running platform', { timeout: 360_000 }, () => {
  let broken = false
  let world: World
  let bought: Ordered
  const ask = (words: string): Promise<Ended> => rialto(words.split(' '), world.environment)
  before(async () => {
    world = await openWorld({ services: refusingWhile(() => broken) })
    bought = await order(world.url)
    await pay(world.url, bought)
    await world.rest()
  })
  after(() => world.stop())

  test('events tail – by flow, type, topic, key, number – what fits, oldest first', async () => {
    const { orderId, buyer } = bought
    const flow = linesOf(await ask(`events tail --flow ${orderId} --limit 100 --json`))
    const types = flow.map((event) => String(event.type))
    assert.equal(types[0], 'order.created')
    assert.ok(types.includes('order.fulfilled') && types.includes('library.game.added.v1'))
    const times = flow.map((event) => String(event.appended_at))
    assert.deepEqual(times, times.toSorted())
    const one = linesOf(await ask('events tail --type order.created --json'))
    assert.deepEqual(
      one.map((event) => [event.type, event.key]),
      [['order.created', orderId]],
    )
    const keyed = linesOf(await ask(`events tail --topic library --key ${buyer.userId} --json`))
    assert.deepEqual(
      keyed.map((event) => event.type),
      ['library.game.added.v1'],
    )
    const words = await ask(`events tail --flow ${orderId} --limit 1`)
    assert.match(words.out, /^\S+Z {2}\w+\/\d+@\d+ {2}\S+ +\S+ {2}\{.*\}\n$/)
  })

  test('events replay – the observer, whose record of events was lost – the record is there again, and nothing in it twice', async () => {
    await library(world.url, bought)
    const before = await world.finalVerdict(bought.orderId)
    assert.equal(before.verdict, 'conforms')
    // Calls and steps are nowhere but in the record; every event is in the log.
    await world.db.pool.query(`
      with lost as (delete from observer.records returning flow, part, interactions),
           kept as (select flow, part, json_agg(i) as interactions from lost, json_array_elements(interactions) i
                     where i->>'kind' <> 'publish' group by flow, part)
      insert into observer.records select flow, part || '-', interactions from kept`)
    assert.equal((await world.finalVerdict(bought.orderId)).verdict, 'deviates')
    const replayed = await ask('events replay --group observer --json')
    assert.equal(replayed.code, 0, replayed.err)
    const [told] = linesOf(replayed)
    assert.equal(told?.group, 'observer')
    assert.ok(Number(told?.partitions) > 0)
    assert.equal(told?.dropped_to, null)
    assert.deepEqual((await world.finalVerdict(bought.orderId)).items, before.items)
  })

  test('flows check – an order that is recorded, one that is not – answers of the same shape; status 1 for none', async () => {
    const known = await ask(`flows check ${bought.orderId} --json`)
    const unknown = await ask('flows check ord_1 --json')
    assert.deepEqual([known.code, unknown.code], [0, 1])
    const [[first = {}], [second = {}]] = [linesOf(known), linesOf(unknown)]
    assert.deepEqual(Object.keys(second), Object.keys(first))
    const { flow, id, verdict } = second
    assert.deepEqual([flow, id, verdict], ['purchase', 'ord_1', 'unknown'])
  })

  test('events resend – while a process is at work – refuses, status 1, and changes nothing', async () => {
    const { code, out, err } = await ask('events resend --json')
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /a process of the platform is running/)
  })

  test('dead letters – listed, sent again, given up – in words and as JSON', async () => {
    broken = true
    const [first, second] = [await order(world.url), await order(world.url)]
    for (const ordered of [first, second]) {
      await pay(world.url, ordered)
      await world.rest()
    }
    const letters = linesOf(await ask('dead-letters list --group library --json'))
    const about = letters.map(({ group, type, key, error_code, attempts }) => ({
      ...{ group, type, key, error_code, attempts },
    }))
    const letter = (ordered: Ordered) => ({
      ...{ group: 'library', type: 'order.processing.completed.v1', key: ordered.orderId },
      ...{ error_code: 'library.planted', attempts: 1 },
    })
    assert.deepEqual(about, [letter(first), letter(second)])
    assert.match((await ask('dead-letters list')).out, /library\.planted refuses because a test/)
    const oldest = await ask('dead-letters list --limit 1 --json')
    assert.deepEqual(linesOf(oldest), letters.slice(0, 1))
    assert.equal(oldest.err, 'The oldest 1 of 2; --limit shows more.\n')

    broken = false
    const nobody = await ask('dead-letters redrive --group libary')
    assert.deepEqual([nobody.code, nobody.out], [1, 'There is no such dead letter.\n'])
    const again = await ask(`dead-letters redrive --event ${letters[0]?.event_id} --json`)
    assert.deepEqual([again.code, linesOf(again)], [0, [{ redriven: 1 }]])
    await world.rest()
    assert.deepEqual(await library(world.url, first), [first.orderId])

    const id = String(letters[1]?.event_id)
    const words = ['dead-letters', 'discard', '--group', 'library', '--event', id, '--json']
    const given = await rialto([...words, '--reason', 'sold by hand'], world.environment)
    assert.deepEqual([given.code, linesOf(given)], [0, [{ discarded: true }]])
    const twice = await rialto([...words, '--reason', 'sold by hand'], world.environment)
    assert.deepEqual([twice.code, linesOf(twice)], [1, [{ discarded: false }]])
    const { rows } = await world.db.pool.query('select reason, discarded_by from bus.discarded')
    assert.deepEqual(rows, [{ reason: 'sold by hand', discarded_by: 'cli' }])
    await world.rest()
    assert.deepEqual(await library(world.url, second), [])
    const none = await ask('dead-letters redrive --json')
    assert.deepEqual([none.code, linesOf(none)], [0, [{ redriven: 0 }]])
  })
})

interface DemoLine {
  readonly flow: string
  readonly verdict: string
  readonly required: number
  readonly seen: number
  readonly deviations: { type: string; message?: string; text: string }[]
  readonly id: string
  readonly ms: Record<string, number>
}

const lastOf = (ended: Ended): DemoLine =>
  JSON.parse(ended.out.trimEnd().split('\n').at(-1) ?? '') as DemoLine

describe('rialto demo purchase', { timeout: 360_000 }, () => {
  test('demo – on a running platform with something amiss – deviates, status 1, and it is named', async (t) => {
    const world = await openWorld({
      services: withPublish('library', 'library.game.added.v1', 0),
    })
    t.after(() => world.stop())
    const ended = await rialto(['demo', 'purchase', '--json'], { RIALTO_URL: world.url })
    assert.equal(ended.code, 1, ended.err)
    const { verdict, deviations } = lastOf(ended)
    assert.deepEqual(
      [verdict, deviations.map(({ type, message }) => `${type} ${message}`)],
      ['deviates', ['missing P.28']],
    )
  })
})
