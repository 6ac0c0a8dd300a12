// deploy/helm/rialto, rendered by helm and validated against the schemas of Kubernetes; no cluster is there. What its processes are
// told is judged by the code that reads it.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { needs } from '@rialto/kernel/testing/real.ts'
import { parseAllDocuments } from 'yaml'
import { NAMES, partWith, ROOT, unknownOf, type Variables } from './processes.ts'

const CHART = join(ROOT, 'deploy/helm/rialto')
const SECRETS = [
  'secret.values.DATABASE_URL=postgres://rialto@db/rialto',
  `secret.values.MASTER_KEY=${Buffer.alloc(32, 1).toString('base64')}`,
]
const SANDBOX = ['sandbox.enabled=true', 'sandbox.publicUrl=https://pay.shop.example']
const EVERYTHING = [
  ...[...SECRETS, ...SANDBOX, 'tls.secretName=inside', 'ingress.enabled=true'],
  ...['ingress.host=shop.example', 'ingress.tlsSecretName=outside', 'ingress.className=nginx'],
]

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string; readonly scheme: string }
}
interface Container {
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value?: string }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly resources: { readonly limits?: { readonly memory?: string }; readonly requests?: object }
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly volumeMounts: readonly { readonly mountPath: string }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
}
interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>
}
interface Spec {
  readonly replicas?: number
  readonly maxUnavailable?: number
  readonly selector?: Selector
  readonly podSelector?: Selector
  readonly strategy?: { readonly rollingUpdate?: object }
  readonly ingress?: readonly {
    readonly from?: readonly {
      readonly podSelector?: Selector
      readonly namespaceSelector?: Selector
    }[]
    readonly ports?: readonly { readonly port: number }[]
  }[]
  readonly template?: {
    readonly spec: {
      readonly containers: readonly Container[]
      readonly terminationGracePeriodSeconds?: number
      readonly serviceAccountName: string
      readonly automountServiceAccountToken: boolean
      readonly securityContext: Readonly<Record<string, unknown>>
    }
  }
}
interface Resource {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: Spec
  readonly data?: Variables
  readonly stringData?: Variables
}

const settings = (pairs: readonly string[]): string[] => pairs.flatMap((pair) => ['--set', pair])

/** What the chart becomes with these values. */
function render(bin: string, pairs: readonly string[]): { text: string; resources: Resource[] } {
  const words = ['template', 'shop', CHART, '--kube-version', '1.33.0', ...settings(pairs)]
  const { status, stdout, stderr } = spawnSync(join(bin, 'helm'), words, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  const resources = parseAllDocuments(stdout).map((document) => document.toJS() as Resource)
  return { text: stdout, resources }
}

const of = (resources: readonly Resource[], kind: string): Resource[] =>
  resources.filter((resource) => resource.kind === kind)
const componentOf = ({ metadata }: Resource): string =>
  metadata.labels['app.kubernetes.io/component'] ?? ''
const processesOf = (resources: readonly Resource[]): Resource[] =>
  of(resources, 'Deployment').filter((deployment) => componentOf(deployment) !== 'sandbox')

function containerOf({ metadata, spec }: Resource): Container {
  const [container] = spec.template?.spec.containers ?? []
  assert.ok(container, metadata.name)
  return container
}

/** All that the container is told, as Kubernetes puts it together; files that it would mount are left out. */
function told(resources: readonly Resource[], deployment: Resource): Variables {
  const [config] = of(resources, 'ConfigMap')
  const [secret] = of(resources, 'Secret')
  const own = containerOf(deployment).env.map(({ name, value }) => [name, value ?? 'pod-1'])
  const all = { ...config?.data, ...secret?.stringData, ...Object.fromEntries(own) } as Variables
  const { TLS_CERT: _cert, TLS_KEY: _key, TLS_CA: _ca, ...rest } = all
  return { DATA_DIR: '/data', ...rest }
}

function validated(t: TestContext, bin: string, text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'rialto-chart-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'chart.yaml')
  writeFileSync(file, text)
  const words = ['--strict', '-k', '1.33', file]
  const { status, stdout, stderr } = spawnSync(join(bin, 'kubernetes-validate'), words, {
    encoding: 'utf8',
  })
  return { status, said: stdout + stderr }
}

test('chart – with little and with everything – is what Kubernetes takes, and a planted mistake is none', (t) => {
  const bin = needs(t, 'deploy')
  if (bin === undefined) return
  for (const pairs of [SECRETS, EVERYTHING]) {
    const { text, resources } = render(bin, pairs)
    const { status, said } = validated(t, bin, text)
    assert.equal(status, 0, said)
    assert.equal(said.match(/passed for resource/g)?.length, resources.length)
    assert.ok(resources.length > 3 * NAMES.length)
    const planted = validated(t, bin, text.replace('containerPort: 4100', 'containerPort: inner'))
    assert.notEqual(planted.status, 0)
  }
  const words = ['lint', '--strict', CHART, ...settings(EVERYTHING)]
  const lint = spawnSync(join(bin, 'helm'), words, { encoding: 'utf8' })
  assert.equal(lint.status, 0, lint.stdout)
  const bare = spawnSync(join(bin, 'helm'), ['template', 'shop', CHART], { encoding: 'utf8' })
  assert.match(bare.stderr, /secret\.existing, or secret\.values\.DATABASE_URL/)
})

test('chart – its processes – are all services, each told what it needs to start', (t) => {
  const bin = needs(t, 'deploy')
  if (bin === undefined) return
  for (const pairs of [[...SECRETS, ...SANDBOX], EVERYTHING]) {
    const { resources } = render(bin, pairs)
    const processes = processesOf(resources)
    assert.deepEqual(processes.map(componentOf).toSorted(), NAMES)
    for (const process of processes) {
      const env = told(resources, process)
      assert.deepEqual(partWith(env), [componentOf(process)])
      const services = of(resources, 'Service').map(({ metadata }) => metadata.name)
      for (const list of [env.SERVICE_URLS, env.RPC_URLS, `p=${env.YOOKASSA_URL}`])
        for (const entry of (list ?? '').split(','))
          assert.ok(services.includes(new URL(entry.split('=')[1] ?? '').hostname), entry)
    }
    const sandbox = of(resources, 'Deployment').find((one) => componentOf(one) === 'sandbox')
    assert.ok(sandbox)
    assert.deepEqual(
      [containerOf(sandbox).args, unknownOf(told(resources, sandbox))],
      [['sandbox'], []],
    )
  }
})

test('chart – each process – is probed, bounded, unprivileged, replaced when its successor is ready, given time to drain', (t) => {
  const bin = needs(t, 'deploy')
  if (bin === undefined) return
  const { resources } = render(bin, EVERYTHING)
  const budgets = of(resources, 'PodDisruptionBudget')
  for (const deployment of processesOf(resources)) {
    const { spec, metadata } = deployment
    const container = containerOf(deployment)
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe]
    assert.deepEqual(
      probes.map((probe) => probe?.httpGet),
      ['live', 'live', 'ready'].map((what) => ({
        ...{ path: `/health/${what}`, port: 'internal', scheme: 'HTTPS' },
      })),
    )
    assert.ok(container.resources.limits?.memory && container.resources.requests, metadata.name)
    assert.deepEqual(container.securityContext, {
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      capabilities: { drop: ['ALL'] },
    })
    assert.deepEqual(spec.strategy?.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 })
    const pod = spec.template?.spec
    assert.equal(pod?.securityContext.runAsNonRoot, true)
    assert.equal(pod?.automountServiceAccountToken, false)
    assert.equal(pod?.serviceAccountName, of(resources, 'ServiceAccount')[0]?.metadata.name)
    assert.ok((pod?.terminationGracePeriodSeconds ?? 0) > 25 + 5)
    const budget = budgets.find((one) => componentOf(one) === componentOf(deployment))
    assert.equal(budget?.spec.maxUnavailable, 1)
    assert.deepEqual(budget?.spec.selector, spec.selector)
  }
  for (const name of ['orders', 'payments', 'gateway'])
    assert.ok(
      (processesOf(resources).find((one) => componentOf(one) === name)?.spec.replicas ?? 0) >= 2,
    )
})

test('chart – its network – lets the world reach the gateway’s public port and nothing else', (t) => {
  const bin = needs(t, 'deploy')
  if (bin === undefined) return
  const { resources } = render(bin, EVERYTHING)
  const policies = of(resources, 'NetworkPolicy')
  const selected = ({ spec }: Resource) => spec.podSelector?.matchLabels ?? {}
  const pods = { 'app.kubernetes.io/name': 'rialto', 'app.kubernetes.io/instance': 'shop' }
  const [inside, gateway] = policies
  assert.ok(inside && gateway && policies.length === 2)
  // Every pod is selected by one that names who may come, so what no rule names is shut.
  assert.deepEqual(selected(inside), pods)
  assert.deepEqual(selected(gateway), { ...pods, 'app.kubernetes.io/component': 'gateway' })
  const open = policies.flatMap(({ spec }) =>
    (spec.ingress ?? []).filter((rule) => rule.from === undefined),
  )
  assert.deepEqual(open, [{ ports: [{ protocol: 'TCP', port: 4_000 }] }])
  const named = (inside.spec.ingress ?? []).map(({ from = [], ports }) => [
    from.map((one) => (one.podSelector ?? one.namespaceSelector)?.matchLabels),
    ports?.map(({ port }) => port),
  ])
  assert.deepEqual(named, [
    [[pods], undefined],
    [[{ 'kubernetes.io/metadata.name': 'monitoring' }], [4_100]],
  ])
  const ports = containerOf(
    processesOf(resources).find((one) => componentOf(one) === 'gateway') as Resource,
  ).ports
  assert.equal(ports.find(({ name }) => name === 'public')?.containerPort, 4_000)
})
