import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { platformConfig } from '../../config/platform.ts'
import { testAuthority } from '../../testing/certificates.ts'
import { startKafka } from '../../testing/kafka.ts'
import { needs } from '../../testing/real.ts'
import { countIs, DOUBLES, effects, eventually, INVERSIONS } from '../testing/consumers.ts'
import { newEvent } from '../testing/harness.ts'
import { openKafkaHarness } from '../testing/kafka.ts'
import { ensureTopics, type KafkaSettings, describe as said } from './client.ts'

const COUNT = 'select count(*) from public.effects'
const EVENTS = 200
const REFUSED_TIMEOUT_MS = 30_000
const login = {
  mechanism: 'SCRAM-SHA-512',
  username: 'rialto',
  password: 'a-sandbox-word',
} as const

/**
 * How a connection without a certificate of ours ends. Not asked by the client: it throws where nobody can catch it when it is cut off
 * while it logs in.
 */
function endOf(address: string, ca: string): Promise<string> {
  const { hostname: host, port } = new URL(`tls://${address}`)
  const socket = connect({ host, port: Number(port), ca })
  return new Promise((resolve) => {
    socket.once('error', (error) => resolve(String(error)))
    socket.once('end', () => resolve('ended'))
    socket.setTimeout(REFUSED_TIMEOUT_MS, () => {
      socket.destroy()
      resolve('let in')
    })
    socket.resume()
  })
}

test('kafka – brokers behind TLS that ask for a certificate and a log-in – carry events to who has both, and let nobody else in', async (t) => {
  const jars = needs(t, 'kafka')
  if (jars === undefined || needs(t, 'openssl') === undefined) return
  const authority = testAuthority(t)
  const { cert, key } = authority.sign('IP:127.0.0.1')
  const keystore = `${key}.pem`
  writeFileSync(keystore, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'))
  const { username: user, password } = login
  const broker = await startKafka(jars, { keystore, authority: authority.ca, user, password })
  t.after(() => broker.stop())
  const ours = authority.sign('DNS:rialto')
  const { transit } = platformConfig({
    ...{ KAFKA_TLS: 'true', KAFKA_TLS_CA: authority.ca },
    ...{ KAFKA_TLS_CERT: ours.cert, KAFKA_TLS_KEY: ours.key },
    ...{ KAFKA_SASL_MECHANISM: login.mechanism, KAFKA_SASL_USERNAME: user },
    KAFKA_SASL_PASSWORD: password,
  })
  const { tls } = transit.kafka
  assert.ok(tls)
  const secured: KafkaSettings = { brokers: [broker.address], prefix: '', ...transit.kafka }

  const h = await openKafkaHarness(t, secured, broker)
  const a = await h.member('a')
  await a.transport.subscribe(effects({ group: 'g', pool: a.pool }))
  await h.publish(Array.from({ length: EVENTS }, (_, n) => newEvent(`k${n % 10}`, { n })))
  await eventually(h.pool, COUNT, countIs(EVENTS), 60_000)
  await eventually(h.pool, INVERSIONS, countIs(0))
  await eventually(h.pool, DOUBLES, countIs(0))

  const refusals: readonly (readonly [Partial<KafkaSettings>, RegExp])[] = [
    [{ tls: { ...tls, ca: testAuthority(t).text } }, /unable to verify|signature/],
    [{ sasl: { ...login, password: 'guessed' } }, /[Aa]uthentication/],
  ]
  for (const [wrong, why] of refusals)
    await assert.rejects(ensureTopics({ ...secured, ...wrong }, []), (error) => {
      assert.match(said(error), why)
      return true
    })
  assert.match(await endOf(broker.address, authority.text), /alert .*certificate/)
  const plain: KafkaSettings = { brokers: secured.brokers, prefix: '' }
  await assert.rejects(ensureTopics(plain, []), (error) => said(error).length > 0)
})
