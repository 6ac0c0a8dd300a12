// Monitoring from end to end: a running platform, the distribution's Prometheus that scrapes it with the configuration that is
// shipped, every query of every dashboard answered with data, and a fault that somebody is told of. Grafana itself is not run: its
// dashboards are shown by their queries, which is all that it sends.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { PaymentStatusUpdated } from '@rialto/contracts/payments/events.ts'
import { showItems } from '@rialto/flows/testing/shown.ts'
import { discardDeadLetter } from '@rialto/kernel/bus/dead-letters.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { callApi, newBuyer, poll } from 'rialto/demo/buyer.ts'
import { request } from 'undici'
import { forget } from '../flows/forget.ts'
import { openWorld, type World } from '../flows/harness.ts'
import { order, pay } from '../flows/shopper.ts'
import { type Prometheus, startAlertmanager, startPrometheus } from './monitoring.ts'
import {
  alerts,
  documented,
  metricsIn,
  targets,
  toldOn,
  writeAlertmanager,
  writePrometheus,
} from './shipped.ts'
import { publishUnreadable } from './unreadable.ts'

/** What happens in a shop: a purchase to its end, one that the bank declines, a refused request, a look that finds nothing. */
async function shop({ url, rest, db }: World): Promise<void> {
  await pay(url, await order(url))
  const declined = await order(url)
  await pay(url, declined, 'no_funds')
  const { token } = await newBuyer(url)
  await callApi(url, 'GET /orders/ord_00000000000000000000000000', { token })
  await callApi(url, 'GET /orders', {})
  await rest()
  const { rows } = await db.pool.query('select status from payments.payments where order_id = $1', [
    declined.orderId,
  ])
  assert.deepEqual(rows, [{ status: 'failed' }])
}

let world: World
before(async () => {
  world = await openWorld()
  await shop(world)
})
after(() => world.stop())

const scrape = async (): Promise<string> => (await request(`${world.url}/metrics`)).body.text()

/** Name → lines, with those of a histogram under its own name. */
const seriesOf = (text: string): Map<string, string[]> =>
  Map.groupBy(
    text.split('\n').filter((line) => line.startsWith('rialto_')),
    (line) => metricsIn(line)[0] ?? '',
  )

/** What promtool has to say about names, units and help of the figures on a page. */
function lint(page: string): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile('promtool', ['check', 'metrics'], (error, out, err) =>
      resolve(`${error?.code ?? 0} ${out}${err}`.trim()),
    )
    child.stdin?.end(page)
  })
}

describe('figures', { timeout: 60_000 }, () => {
  test('figures – names, units, help – promtool finds nothing against the conventions', async (t) => {
    if (needs(t, 'prometheus') === undefined) return
    const page = await scrape()
    assert.equal(await lint(page), '0')
    assert.match(await lint('# TYPE bad_total gauge\nbad_total 1\n'), /^3 .*_total/)
  })

  test('figures – after a purchase – each is documented, and each that is documented is there', async () => {
    const text = await scrape()
    const told = toldOn(text)
    assert.ok(told.length > 50, `${told.length} figures`)
    assert.deepEqual(told.sort(), documented().sort())
  })

  test('figures – something of a run was forgotten – it is told as deviating, by what differs', async () => {
    const bought = await order(world.url)
    await pay(world.url, bought)
    await world.rest()
    await forget(world.db.pool, bought.orderId, 'order.processing.completed.v1')
    const { token } = bought.buyer
    await callApi(world.url, `GET /orders/${bought.orderId}`, { token })
    // It is told when it has not come for a minute.
    await world.rest()
    world.advance(2 * MINUTE)
    const told = /^rialto_conformance_deviating_runs\{flow="purchase",kind="missing"\} 1$/m
    assert.match(await poll(scrape, (page) => told.test(page), 30_000), told)
  })

  test('figures – every one that an alert or a dashboard names – has a series on the page', async () => {
    const series = seriesOf(await scrape())
    const named = [...alerts().map(({ text }) => text), ...targets().map(({ expr }) => expr)]
    const wanted = new Set(named.flatMap(metricsIn))
    assert.ok(wanted.size > 25, `${wanted.size} names`)
    // Without a Redis there is nothing to say of it; tests/redis shows those with one.
    const absent = [...wanted].filter((name) => !series.has(name) && !/^rialto_redis_/.test(name))
    assert.deepEqual(absent, [])
  })

  test('figures – their labels – no id, no address, no path of anybody, and few', async (t) => {
    const text = await scrape()
    const values = new Set(
      [...text.matchAll(/="((?:[^"\\]|\\.)*)"/g)].map(([, value]) => value ?? ''),
    )
    const ids = [...values].filter((value) =>
      /(?:[a-z]{3}_[0-9a-z]{20}|[0-9a-f]{8}-[0-9a-f]{4}-|@|\/[0-9a-f]{12})/.test(value),
    )
    assert.deepEqual(ids, [])
    const lines = [...seriesOf(text).values()].flat().length
    t.diagnostic(`${lines} series of ${values.size} label values`)
    assert.ok(lines < 8_000, `${lines} series`)
  })

  test('figures – requests, latency, errors – of every service that was asked, the calls to each provider', async () => {
    const series = seriesOf(await scrape())
    const of = (name: string, label: string): string[] => [
      ...new Set(
        (series.get(name) ?? []).map(
          (line) => new RegExp(`${label}="([^"]*)"`).exec(line)?.[1] ?? '',
        ),
      ),
    ]
    for (const service of ['accounts', 'catalog', 'orders', 'payments']) {
      assert.ok(of('rialto_http_requests_answered_total', 'service').includes(service), service)
      assert.ok(of('rialto_http_request_duration_seconds', 'service').includes(service), service)
    }
    assert.ok(of('rialto_http_problems_answered_total', 'code').includes('kernel.unauthenticated'))
    assert.deepEqual(of('rialto_provider_call_duration_seconds', 'provider').sort(), [
      'atol',
      'smtp',
      'yookassa',
    ])
    assert.deepEqual(of('rialto_rpc_call_duration_seconds', 'method'), ['GetProductPrice'])
    const groups = of('rialto_bus_group_lag_seconds', 'group')
    for (const group of ['orders', 'payments', 'library', 'observer'])
      assert.ok(groups.includes(group), group)
  })
})

interface Told {
  readonly path: string
  readonly status: 'firing' | 'resolved'
  readonly alerts: readonly {
    readonly status: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }[]
}

/** Whom Alertmanager tells. */
async function openReceiver(t: TestContext) {
  const told: Told[] = []
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      told.push({ path: incoming.url ?? '', ...JSON.parse(Buffer.concat(chunks).toString()) })
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const find = (name: string, status: string) =>
    told
      .flatMap(({ path, alerts: all }) => all.map((alert) => ({ path, ...alert })))
      .find((alert) => alert.labels.alertname === name && alert.status === status)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: (name: string, status: 'firing' | 'resolved') =>
      poll(
        async () => find(name, status),
        (found) => found !== undefined,
        40_000,
      ),
  }
}

function directory(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'rialto-monitoring-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

interface Scraped {
  readonly activeTargets: readonly { health: string; scrapeInterval: string; lastError: string }[]
}

/** Prometheus with at least so many scrapes of the platform behind it. */
async function scraping(t: TestContext, alertmanagerPort = 1): Promise<Prometheus> {
  const target = new URL(world.url).host
  const config = writePrometheus(directory(t), { target, alertmanagerPort }, true)
  const prometheus = await startPrometheus(config)
  t.after(() => prometheus.stop())
  return prometheus
}

const scrapes = (prometheus: Prometheus, count: number): Promise<unknown> =>
  poll(
    async () => (await prometheus.query('count_over_time(up{job="rialto"}[5m])'))[0]?.value ?? 0,
    (seen) => seen >= count,
    30_000,
  )

describe('Prometheus', { timeout: 150_000 }, () => {
  test('Prometheus – as it is shipped – scrapes the platform every 15 seconds', async (t) => {
    if (needs(t, 'prometheus') === undefined) return
    const target = new URL(world.url).host
    const config = writePrometheus(directory(t), { target, alertmanagerPort: 1 }, false)
    const prometheus = await startPrometheus(config)
    t.after(() => prometheus.stop())
    const found = await poll(
      async () => (await prometheus.get<Scraped>('targets')).activeTargets,
      (all) => all[0]?.health === 'up',
      25_000,
    )
    assert.deepEqual(
      found.map(({ health, scrapeInterval, lastError }) => [health, scrapeInterval, lastError]),
      [['up', '15s', '']],
    )
    const stored = await poll(
      async () => (await prometheus.query('sum(rialto_http_requests_answered_total)'))[0]?.value,
      (sum) => sum !== undefined,
    )
    assert.ok((stored ?? 0) > 5, `${stored} requests`)
    showItems(['M8.01', 'M8.02', 'M8.03', 'M.R7'], t.fullName, 'a scraped platform')
  })

  test('dashboards – every query of every panel – is answered with numbers', async (t) => {
    if (needs(t, 'prometheus') === undefined) return
    const prometheus = await scraping(t)
    await scrapes(prometheus, 2)
    await shop(world)
    const seen = (await prometheus.query('count_over_time(up{job="rialto"}[5m])'))[0]?.value ?? 0
    await scrapes(prometheus, seen + 2)
    const all = targets()
    assert.ok(all.length >= 45, `${all.length} queries`)
    const silent: string[] = []
    for (const { dashboard, panel, expr } of all) {
      const samples = await prometheus.query(expr)
      if (!samples.some(({ value }) => Number.isFinite(value)))
        silent.push(`${dashboard}, ${panel}: ${expr}`)
    }
    assert.deepEqual(silent, [])
    await assert.rejects(prometheus.query('rialto_up by (nonsense)'), /parse error/)
    assert.deepEqual(await prometheus.query('rialto_nothing_of_this_name'), [])
    showItems(['M8.04', 'M8.05', 'M8.06', 'M8.07'], t.fullName, 'the checked dashboards')
  })

  test('alerts – a dead letter, then a platform that is gone – somebody is told of each, and when it is over', async (t) => {
    if (needs(t, 'prometheus') === undefined) return
    const receiver = await openReceiver(t)
    const alertmanager = await startAlertmanager(writeAlertmanager(directory(t), receiver.url))
    t.after(() => alertmanager.stop())
    const prometheus = await scraping(t, alertmanager.port)
    await scrapes(prometheus, 2)
    const eventId = await publishUnreadable(world, 'ord_unreadable')
    const alert = await receiver.heard('DeadLetters', 'firing')
    assert.equal(alert?.path, '/page')
    assert.deepEqual(
      [alert.labels.topic, alert.labels.severity],
      [PaymentStatusUpdated.topic, 'page'],
    )
    assert.match(alert.annotations.summary ?? '', /^1 events of payments were given up by \w+\.$/)
    assert.equal(alert.annotations.runbook, 'docs/runbooks/dead-letters.md')

    const { pool } = world.platform.host
    const { rows } = await pool.query('select distinct grp from bus.parked where event_id = $1', [
      eventId,
    ])
    assert.ok(rows.length > 0)
    for (const { grp: group } of rows)
      assert.ok(await discardDeadLetter(pool, { group, eventId }, { reason: 'a test', by: 'test' }))
    assert.ok(await receiver.heard('DeadLetters', 'resolved'))

    await world.stop()
    const gone = await receiver.heard('EverythingDown', 'firing')
    assert.equal(gone?.annotations.runbook, 'docs/runbooks/processes.md')
    showItems(['M8.08', 'M.R8'], t.fullName, 'alerts that were delivered')
  })
})
