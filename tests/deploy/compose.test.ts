// deploy/compose.yaml as Compose would read it. Nothing is started: that takes Docker, which not every machine has.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { test } from 'node:test'
import { parseSettings } from '@rialto/kernel/config/settings.ts'
import { outsideSettings } from '@rialto/server/separate/outside.ts'
import { parse } from 'yaml'
import { isThere, NAMES, partWith, ROOT, unknownOf, type Variables } from './processes.ts'

interface Part {
  readonly image: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly networks: readonly string[]
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly stop_grace_period?: string
}

interface Compose {
  readonly services: Readonly<Record<string, Part>>
  readonly volumes: Readonly<Record<string, unknown>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>
}

const read = (path: string): string => readFileSync(join(ROOT, 'deploy', path), 'utf8')
const text = read('compose.yaml')
const compose = parse(text, { merge: true }) as Compose
const parts = Object.entries(compose.services)
const ours = parts.filter(([, part]) => part.image === 'rialto')
const processes = ours.filter(([, part]) => part.environment?.SERVICES !== undefined)
const servers = parts.filter(([, part]) => part.image !== 'rialto')

const example: Variables = Object.fromEntries(
  [...read('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value,
  ]),
)
const VARIABLE = /\$\{([A-Z_]+):\?[^}]*\}/g

/** With the values of the example in place. */
const filled = (part: Part): Variables =>
  Object.fromEntries(
    Object.entries(part.environment ?? {}).map(([name, value]) => [
      name,
      value.replaceAll(VARIABLE, (_all, variable: string) => example[variable] ?? ''),
    ]),
  )

test('compose – its processes – are all services, orders and payments twice, and each would start', () => {
  const told = processes.map(([name, part]) => {
    const here = partWith({ HOST: '0.0.0.0', DATA_DIR: '/data', ...filled(part) })
    assert.deepEqual(here, [part.environment?.SERVICES], name)
    assert.equal(part.environment?.INSTANCE, name)
    return here[0]
  })
  assert.deepEqual(told.toSorted(), [...NAMES, 'orders', 'payments'].toSorted())
  const orders = filled(compose.services.orders as Part)
  for (const planted of [
    { SERVICE_URLS: '' },
    { RPC_URLS: '' },
    { SERVICES: 'order' },
    { KAFKA_BROKER: 'kafka:9092' },
  ])
    assert.throws(() => partWith({ ...orders, ...planted }), JSON.stringify(planted))
})

test('compose – the addresses that processes are given – lead to processes that run what is asked for there', () => {
  const { SERVICE_URLS = '', RPC_URLS = '' } = filled(compose.services.gateway as Part)
  for (const [list, port] of [
    [SERVICE_URLS, '4100'],
    [RPC_URLS, '4200'],
  ] as const)
    for (const entry of list.split(',')) {
      const [service, url = ''] = entry.split('=')
      const at = new URL(url)
      assert.equal(compose.services[at.hostname]?.environment?.SERVICES, service, entry)
      assert.equal(at.port, port)
    }
  const named = new Set(
    SERVICE_URLS.split(',').map((entry) => new URL(entry.split('=')[1] ?? '').hostname),
  )
  const others = processes.map(([name]) => name).filter((name) => name !== 'gateway')
  assert.deepEqual([...named].toSorted(), others.toSorted())
})

test('compose – the sandbox and the migration – are commands of ours with settings that they read', () => {
  const rest = ours.filter(([, part]) => part.environment?.SERVICES === undefined)
  assert.deepEqual(
    rest.map(([name, { command }]) => [name, command]),
    [
      ['migrate', ['migrate']],
      ['sandbox', ['sandbox']],
    ],
  )
  const sandbox = filled(compose.services.sandbox as Part)
  assert.deepEqual(unknownOf(sandbox), [])
  const played = parseSettings(outsideSettings, sandbox)
  const payments = filled(compose.services.payments as Part)
  for (const name of [
    'YOOKASSA_SHOP_ID',
    'YOOKASSA_SECRET_KEY',
    'ATOL_LOGIN',
    'ATOL_PASSWORD',
    'ATOL_GROUP',
  ] as const)
    assert.equal(payments[name], played[name], name)
  for (const [setting, port] of [
    ['YOOKASSA_URL', played.SANDBOX_PAYMENTS_PORT],
    ['ATOL_URL', played.SANDBOX_REGISTER_PORT],
    ['SMTP_URL', played.SANDBOX_SMTP_PORT],
  ] as const)
    assert.deepEqual(new URL(payments[setting] ?? '').port, String(port), setting)
})

test('compose – the example of secrets – has each that is asked for, none besides, and names itself a sandbox', () => {
  const asked = [...text.matchAll(VARIABLE)].map(([, name]) => name ?? '')
  assert.deepEqual([...new Set(asked)].toSorted(), Object.keys(example).toSorted())
  assert.doesNotMatch(text.replaceAll(VARIABLE, ''), /\$\{/)
  for (const [name, value] of Object.entries(example)) {
    if (!/PASSWORD|KEY|SECRET/.test(name)) continue
    const plain = name === 'MASTER_KEY' ? Buffer.from(value, 'base64').toString() : value
    assert.match(plain, /sandbox/i, name)
  }
  assert.match(readFileSync(join(ROOT, '.gitignore'), 'utf8'), /^\.env$/m)
})

test('compose – ports, volumes, networks – do not collide, exist, and keep what is inside inside', () => {
  const published = parts.flatMap(([, { ports = [] }]) =>
    ports.map((port) => port.split(':').at(-2)),
  )
  assert.equal(new Set(published).size, published.length)
  const open = parts.flatMap(([name, { ports = [] }]) =>
    ports.some((port) => !port.startsWith('127.0.0.1:')) ? [name] : [],
  )
  assert.deepEqual(open, ['gateway'])
  const named = new Set<string>()
  for (const [, { volumes = [] }] of parts)
    for (const volume of volumes) {
      const [from = ''] = volume.split(':')
      if (from.startsWith('.')) assert.ok(isThere(normalize(`deploy/${from}`)), from)
      else named.add(from)
    }
  assert.deepEqual([...named].toSorted(), Object.keys(compose.volumes).toSorted())
  assert.equal(compose.networks.inside?.internal, true)
  for (const [name, { networks, ports = [] }] of parts) {
    assert.ok(networks.includes('inside'), name)
    assert.equal(networks.includes('outside'), ports.length > 0, name)
  }
})

test('compose – the servers beside – are all there, pinned, with their data kept and their health asked', () => {
  assert.deepEqual(servers.map(([name]) => name).toSorted(), [
    'alertmanager',
    'grafana',
    'kafka',
    'mongo',
    'postgres',
    'prometheus',
    'redis',
  ])
  for (const [name, part] of servers) {
    assert.match(part.image, /^[a-z/-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/, name)
    assert.ok(Object.hasOwn(compose.volumes, name), `${name} keeps its data`)
    assert.ok((part.healthcheck?.test?.length ?? 0) > 1, name)
  }
})

test('compose – processes of ours – may do little, have time to drain, and wait for what they need', () => {
  for (const [name, part] of ours) {
    assert.deepEqual([part.read_only, part.cap_drop], [true, ['ALL']], name)
    assert.ok(Number.parseInt(part.stop_grace_period ?? '', 10) > 25 + 5, name)
    assert.ok(part.build && isThere(part.build.dockerfile), name)
    for (const [other, { condition }] of Object.entries(part.depends_on ?? {})) {
      const awaited = compose.services[other]
      assert.ok(awaited, `${name} waits for ${other}`)
      if (condition === 'service_healthy')
        assert.ok(awaited.image === 'rialto' || awaited.healthcheck, `${other} tells its health`)
    }
  }
  for (const [, part] of processes)
    assert.deepEqual(Object.keys(part.depends_on ?? {}), [
      'migrate',
      'kafka',
      'redis',
      'mongo',
      'sandbox',
    ])
})

test('compose – what Prometheus is told to ask – is every process at its internal door, and the Alertmanager of this file', () => {
  const targets = (path: string): string[] =>
    (parse(read(path)) as { targets: string[] }[]).flatMap((group) => group.targets)
  assert.deepEqual(
    targets('compose/targets/rialto.yml').toSorted(),
    processes.map(([name]) => `${name}:4100`).toSorted(),
  )
  assert.deepEqual(targets('compose/alertmanagers/alertmanager.yml'), ['alertmanager:9093'])
})
