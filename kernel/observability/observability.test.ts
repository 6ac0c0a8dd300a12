import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { batchReporter, kernelMetrics } from './figures.ts'
import { health } from './health.ts'
import { openLog } from './log.ts'
import { openMetrics } from './metrics.ts'

test('metrics – what the kernel keeps – is on the page, by template and in known units', async () => {
  const metrics = openMetrics({ runtime: true })
  const kernel = kernelMetrics(metrics)
  kernel.httpRequests.add({
    service: 'orders',
    method: 'GET',
    route: '/orders/:order_id',
    status: '200',
  })
  kernel.httpDuration.observe(
    { service: 'orders', method: 'GET', route: '/orders/:order_id' },
    0.004,
  )
  kernel.busLag.set({ group: 'payments', topic: 'orders' }, 7)
  batchReporter(kernel, 'place')({ items: 3, durationMs: 12, failed: false })
  const text = await metrics.text()
  assert.match(metrics.contentType, /^text\/plain/)
  assert.match(
    text,
    /rialto_http_requests_answered_total\{service="orders",method="GET",route="\/orders\/:order_id",status="200"\} 1/,
  )
  assert.match(
    text,
    /rialto_http_request_duration_seconds_bucket\{le="0.005",service="orders".*\} 1/,
  )
  assert.match(text, /rialto_bus_group_lag_events\{group="payments",topic="orders"\} 7/)
  assert.match(text, /rialto_batch_run_size_items_sum\{batcher="place",outcome="ok"\} 3/)
  assert.match(text, /rialto_batch_run_duration_seconds_sum\{batcher="place",outcome="ok"\} 0.012/)
  assert.match(text, /rialto_nodejs_eventloop_lag_seconds/)
})

test('metrics – two registries – do not add up', async () => {
  const [one, two] = [openMetrics(), openMetrics()]
  kernelMetrics(one).problems.add({ service: 'orders', code: 'kernel.internal' })
  kernelMetrics(two)
  assert.match(await one.text(), /problems_answered_total\{/)
  assert.doesNotMatch(await two.text(), /problems_answered_total\{/)
})

test('metrics – label values without end – are kept to a thousand series and counted as other', async () => {
  const metrics = openMetrics()
  const counter = metrics.counter({ name: 'rialto_things_seen_total', help: 'x', labels: ['id'] })
  for (let i = 0; i < 1_500; i++) counter.add({ id: `id${i}` })
  counter.add({ id: 'id0' })
  const lines = (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith('rialto_things'))
  assert.equal(lines.length, 1_001)
  assert.ok(lines.includes('rialto_things_seen_total{id="other"} 500'))
  assert.ok(lines.includes('rialto_things_seen_total{id="id0"} 2'))
})

test('metrics – a name without prefix or unit – is refused', () => {
  const metrics = openMetrics()
  for (const name of [
    'requests_total',
    'rialto_requests',
    'rialto_http_time_ms',
    'rialto_Http_x_total',
  ])
    assert.throws(() => metrics.counter({ name, help: 'x', labels: [] }), /a metric is named/)
})

test('metrics – a reader that fails before a scrape – is counted and the page still comes', async () => {
  const metrics = openMetrics()
  const gauge = metrics.gauge({
    name: 'rialto_pool_connections_open_connections',
    help: 'x',
    labels: [],
  })
  metrics.beforeScrape(async () => gauge.set({}, 4))
  metrics.beforeScrape(() => Promise.reject(new Error('database away')))
  const text = await metrics.text()
  assert.match(text, /rialto_pool_connections_open_connections 4/)
  assert.match(text, /rialto_metrics_read_failures_total 1/)
})

test('metrics – two who scrape at once, one that hangs – read once, and neither waits for ever', async () => {
  const metrics = openMetrics({ readMs: 20 })
  let reads = 0
  let free: () => void = () => undefined
  metrics.beforeScrape(() => {
    reads += 1
    return new Promise((resolve) => {
      free = resolve
    })
  })
  const failures = /rialto_metrics_read_failures_total (\d+)/
  const pages = await Promise.all([metrics.text(), metrics.text()])
  assert.deepEqual([reads, ...pages.map((page) => failures.exec(page)?.[1])], [1, '1', '1'])
  assert.equal(failures.exec(await metrics.text())?.[1], '2')
  assert.equal(reads, 1, 'what hangs is not asked again')
  free()
  await metrics.text()
  await metrics.text()
  assert.equal(reads, 2)
})

test('health – starting, running, a part away, one that hangs, shutting down – live always, ready with reasons', async () => {
  const h = health({ timeoutMs: 20, sharedMs: 0 })
  let database: 'up' | 'down' | 'hangs' = 'up'
  h.add('database', () => {
    if (database === 'down') throw new Error('connection refused')
    return database === 'hangs' ? new Promise<void>(() => undefined) : Promise.resolve()
  })
  const ready = async () => {
    const { status, body } = await h.ready()
    return [
      status,
      body.status,
      ...body.checks.filter((c) => !c.ok).map((c) => `${c.name}: ${c.reason}`),
    ]
  }
  assert.deepEqual(await ready(), [503, 'not_ready', 'process: starting'])
  h.hold(undefined)
  assert.deepEqual(await ready(), [200, 'ready'])
  database = 'down'
  assert.deepEqual(await ready(), [503, 'not_ready', 'database: connection refused'])
  database = 'hangs'
  assert.deepEqual(await ready(), [503, 'not_ready', 'database: no answer within 20 ms'])
  database = 'up'
  h.hold('shutting down')
  assert.deepEqual(await ready(), [503, 'not_ready', 'process: shutting down'])
  assert.equal(h.live().status, 200)
  assert.throws(() => h.add('database', () => undefined), /twice/)
})

test('health – asked often – looks once a second, and says at once that it is held', async () => {
  const h = health()
  let looks = 0
  const look = (): void => {
    looks += 1
  }
  h.add('database', look)
  await Promise.all([h.ready(), h.ready()])
  assert.equal((await h.ready()).status, 503)
  h.hold(undefined)
  assert.equal((await h.ready()).status, 200)
  assert.equal(looks, 1)
  h.add('bus', look)
  assert.equal((await h.ready()).body.checks.length, 2)
  assert.equal(looks, 3)
  h.hold('shutting down')
  assert.equal((await h.ready()).status, 503)
})

test('health – a part that does not hold the process back – is told, and changes nothing', async () => {
  const h = health()
  let holds = true
  h.hold(undefined)
  h.add(
    'neighbour',
    () => {
      throw new Error('does not answer')
    },
    { holds: () => holds },
  )
  assert.equal((await h.ready()).status, 503)
  holds = false
  const { status, body } = await h.ready()
  assert.deepEqual([status, body.checks[0]?.reason], [200, 'does not answer'])
  h.hold('shutting down')
  assert.equal((await h.ready()).status, 503)
})

/** What the process would have written, by the real logger into a real file. */
async function written(
  level: 'debug' | 'info',
  work: (log: ReturnType<typeof openLog>) => void,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'rialto-log-'))
  const path = join(folder, 'log')
  const fd = openSync(path, 'a+')
  try {
    work(openLog({ level, destination: fd }))
    // The logger writes behind our back; its last line says that all others are there.
    const until = performance.now() + 20_000
    const isThere = () => readFileSync(path, 'utf8').includes('"last line"')
    while (!isThere() && performance.now() < until) await pause(5)
    return readFileSync(path, 'utf8')
  } finally {
    closeSync(fd)
    rmSync(folder, { recursive: true })
  }
}

test('log – secrets and personal data at any of three depths, in children and errors – are not in the file', async () => {
  const names = [
    'password',
    'authorization',
    'access_token',
    'refresh_token',
    'token',
    'secret',
    'secret_key',
    'cvc',
    'pan',
    'card_number',
    'email',
    'phone',
  ]
  const text = await written('info', (log) => {
    for (const name of names) {
      const hidden = `hidden-${name}`
      log.info({ [name]: hidden, kept: 'visible' }, 'flat')
      log.warn({ body: { [name]: hidden } }, 'nested')
      log.error({ request: { headers: { [name]: hidden } } }, 'twice nested')
      log.child({ [name]: hidden }).info({ user: { [name]: hidden } }, 'child')
    }
    const refused = {
      code: '23514',
      constraint: 'rows_check',
      detail: 'Failing row contains (hidden-)',
    }
    const cause = Object.assign(new Error('violates check constraint'), refused)
    log.error(
      { err: Object.assign(new Error('failed', { cause }), { token: 'hidden-in-error' }) },
      'error',
    )
    log.debug({ kept: 'below the level' }, 'debug')
    log.info({ traceId: 'abc' }, 'last line')
  })
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.equal(lines.length, names.length * 4 + 2)
  const { err = {} } = lines.at(-2) as { err?: Record<string, Record<string, string>> }
  const { message, stack, cause } = err
  assert.equal(message, 'failed')
  assert.match(String(stack), /observability\.test\.ts/)
  assert.deepEqual(
    [cause?.message, cause?.code, cause?.constraint],
    ['violates check constraint', '23514', 'rows_check'],
  )
  assert.doesNotMatch(text, /hidden-/)
  assert.equal(text.match(/visible/g)?.length, names.length)
  assert.doesNotMatch(text, /below the level/)
  assert.equal(lines.at(-1)?.traceId, 'abc')
  assert.equal(lines.at(-1)?.level, 'info')
  assert.match(String(lines.at(-1)?.time), /^\d{4}-\d\d-\d\dT/)
})
