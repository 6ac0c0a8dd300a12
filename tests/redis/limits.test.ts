// Several gateways before one Redis have one count of each client; without it each goes on counting for itself.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { showItems } from '@rialto/flows/testing/shown.ts'
import { type GatewayOptions, gateway, openGateway } from '@rialto/gateway/service.ts'
import { openKeeping } from '@rialto/kernel/cache/open.ts'
import { kernelMetrics } from '@rialto/kernel/observability/figures.ts'
import { health } from '@rialto/kernel/observability/health.ts'
import { silentLog } from '@rialto/kernel/observability/log.ts'
import { openMetrics } from '@rialto/kernel/observability/metrics.ts'
import { testClock } from '@rialto/kernel/testing/clock.ts'
import { testHost } from '@rialto/kernel/testing/host.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { testSecurity } from '@rialto/kernel/testing/security.ts'
import { type RedisServer, startRedis } from '@rialto/kernel/testing/servers/redis.ts'
import { poll } from 'rialto/demo/buyer.ts'
import { request } from 'undici'

const LIMIT = 6
const SETTINGS = { GATEWAY_REQUESTS_PER_ADDRESS: String(LIMIT), TRUSTED_PROXIES: '127.0.0.1' }

/** A gateway with a connection of its own, as in a process of its own, and nothing behind it. */
async function openDoor(t: TestContext, { url }: RedisServer) {
  const clock = testClock()
  const metrics = openMetrics()
  const figures = kernelMetrics(metrics)
  // Longer than a busy machine stalls: it is to be away when it was killed, and at no other time.
  const redis = { url, prefix: 'test', deadlineMs: 5_000 }
  const keeping = await openKeeping({ clock, log: silentLog, isAlone: false, redis, figures })
  t.after(() => keeping.close())
  const { host, env } = await testHost(t, { services: [gateway], clock, keeping })
  const security = await testSecurity(env)
  const door = await openGateway({
    mounted: new Map(),
    parts: host.parts.get('gateway') as GatewayOptions['parts'],
    verifier: security.verifierOf(['public']),
    documents: { openApi: () => ({}), asyncApi: () => ({}) },
    ...{ env, metrics, figures, settings: SETTINGS, health: health() },
  })
  t.after(() => door.close())
  return {
    async from(address: string) {
      const { statusCode, headers, body } = await request(`${door.url}/nothing`, {
        headers: { 'x-forwarded-for': address },
      })
      await body.dump()
      return { status: statusCode, headers }
    },
    reached: async (): Promise<boolean> =>
      /^rialto_redis_server_reached_ratio\{prefix="test"\} 1$/m.test(await metrics.text()),
  }
}

type Gateway = Awaited<ReturnType<typeof openDoor>>

/** Statuses of so many requests of one address, at the gateways in turn. */
async function statuses(gateways: readonly Gateway[], address: string, count: number) {
  const seen: number[] = []
  for (let n = 0; n < count; n++) {
    const gateway = gateways[n % gateways.length] as Gateway
    seen.push((await gateway.from(address)).status)
  }
  return seen
}

const times = (count: number, status: number): number[] => Array(count).fill(status)

test('limits – two gateways on one Redis – count together, each for itself while it is away, and together again', async (t) => {
  const program = needs(t, 'redis')
  if (program === undefined) return
  const server = await startRedis(program)
  t.after(() => server.stop())
  const gateways = await Promise.all([openDoor(t, server), openDoor(t, server)])
  const reached = async (): Promise<boolean[]> => Promise.all(gateways.map((one) => one.reached()))
  const untilReached = () => poll(reached, (all) => !all.includes(false))
  assert.deepEqual(await untilReached(), [true, true])

  assert.deepEqual(await statuses(gateways, '198.51.100.1', LIMIT + 2), [
    ...times(LIMIT, 404),
    ...times(2, 429),
  ])
  const refused = await gateways[0].from('198.51.100.1')
  const seconds = Number(refused.headers['retry-after'])
  assert.ok(seconds >= 1 && seconds <= 60, `${seconds} s`)
  assert.deepEqual(await statuses(gateways, '198.51.100.2', 2), [404, 404])

  await server.killHard()
  assert.deepEqual(await statuses(gateways, '198.51.100.3', 2 * LIMIT + 2), [
    ...times(2 * LIMIT, 404),
    ...times(2, 429),
  ])
  assert.deepEqual(await reached(), [false, false])

  await server.restart()
  assert.deepEqual(await untilReached(), [true, true])
  assert.deepEqual(await statuses(gateways, '198.51.100.4', LIMIT + 2), [
    ...times(LIMIT, 404),
    ...times(2, 429),
  ])
  // It wrote its counts down: who was refused before is refused still.
  assert.equal((await gateways[1].from('198.51.100.1')).status, 429)
  showItems(['M.R4'], 'limits', 'two gateways on one Redis')
})
