// Reference pages from the manifests: which events there are, who publishes and hears them, which problems may be answered and
// what to do about them, which settings exist. The manifests are what runs, so the pages cannot say otherwise.

import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import { observerProblems } from '@rialto/contracts/observer/problems.ts'
import { countConnections } from '@rialto/gateway/service.ts'
import { authProblems } from '@rialto/kernel/auth/problems.ts'
import { platformSettings } from '@rialto/kernel/config/platform.ts'
import { kernelMetrics } from '@rialto/kernel/observability/figures.ts'
import { openMetrics } from '@rialto/kernel/observability/metrics.ts'
import type { AnyEvent } from '@rialto/kernel/pure/contract.ts'
import type { ProblemKind } from '@rialto/kernel/pure/problem.ts'
import { kernelProblems } from '@rialto/kernel/service/problems.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { observerPages } from '@rialto/server/observer/service.ts'
import { outsideSettings } from '@rialto/server/separate/outside.ts'
import { services } from '@rialto/server/services.ts'
import { NOTICE, type Page } from './page.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map(() => '---').join('|')}|`,
  ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
]

const page = (path: string, title: string, lines: () => readonly string[]): Page => ({
  path,
  text: () => [NOTICE, '', `# ${title}`, '', ...lines(), ''].join('\n'),
})

function hearersOf(type: string): string {
  const groups = services.flatMap((s) => [
    ...s.handlers.filter((h) => h.event.type === type).map((h) => h.group ?? s.name),
    ...(s.batches ?? [])
      .filter((b) => b.events !== 'all' && b.events.some((e) => e.type === type))
      .map((b) => b.group),
  ])
  return groups.length === 0 ? '–' : groups.join(', ')
}

/** Groups that hear whatever is told. */
const hearersOfAll = (): string => {
  const groups = services.flatMap((s) => (s.batches ?? []).filter((b) => b.events === 'all'))
  return groups.map((b) => `\`${b.group}\``).join(', ')
}

function fieldsOf(event: AnyEvent): string {
  const { properties = {}, required = [] } = event.data as {
    properties?: object
    required?: string[]
  }
  return Object.keys(properties)
    .map((name) => (required.includes(name) ? `\`${name}\`` : `\`${name}\`?`))
    .join(' ')
}

const events = page('docs/events.md', 'Events', () => [
  'Every event travels in an envelope with id, type, version, source, key, time and headers (flow, correlation, causation). The',
  'machine-readable form is AsyncAPI 3, served at `/asyncapi.json`.',
  '',
  `${hearersOfAll()} and the observer hear every event of the services and are not listed with them.`,
  '',
  ...table(
    ['event', 'topic', 'key', 'heard by', 'fields', 'says'],
    [...services.flatMap((s) => [...s.publishes]), InteractionsRecorded].map((e) => [
      `\`${e.type}\` v${e.version}`,
      e.topic,
      `\`${e.key}\``,
      e.type === InteractionsRecorded.type ? 'observer' : hearersOf(e.type),
      fieldsOf(e),
      e.summary,
    ]),
  ),
])

const MONEY = { untouched: 'untouched', safe: 'safe', checking: 'being checked' } as const

const errors = page('docs/errors.md', 'Problems', () => {
  const kinds: ProblemKind[] = [
    ...Object.values(kernelProblems),
    ...Object.values(authProblems),
    ...services.flatMap((s) => Object.values(s.problems)),
    ...Object.values(observerProblems),
  ]
  return [
    'Every refusal is an RFC 9457 problem with one of these codes. *Money* says where the caller’s money is when it is read;',
    '`kernel.internal` and `kernel.unavailable` say *being checked* where a part of the request was, or may have been, committed.',
    '',
    ...table(
      ['code', 'status', 'title', 'what to do', 'money'],
      kinds.map((k) => [`\`${k.code}\``, String(k.status), k.title, k.action, MONEY[k.money]]),
    ),
  ]
})

interface Setting {
  readonly default?: unknown
  readonly description?: string
  readonly enum?: readonly string[]
}

/** What it is and, where only some values will do, which. */
const meaningOf = ({ description = '', enum: values }: Setting): string =>
  values === undefined
    ? description
    : `${description}. One of ${values.map((value) => `\`${value}\``).join(', ')}`

const settingsTable = (settings: NonNullable<Service['settings']>): string[] =>
  table(
    ['variable', 'default', 'is'],
    Object.entries(settings.properties as Record<string, Setting>).map(([name, s]) => [
      `\`${name}\``,
      s.default === undefined || s.default === '' ? '–' : `\`${String(s.default)}\``,
      meaningOf(s),
    ]),
  )

const configuration = page('docs/configuration.md', 'Configuration', () => [
  'Environment variables, read once at start. A value that does not fit stops the start and is named.',
  '',
  ...settingsTable(platformSettings),
  ...[...services, observerPages].flatMap(({ name, settings }) =>
    settings === undefined ? [] : ['', `## ${name}`, '', ...settingsTable(settings)],
  ),
  '',
  '## rialto sandbox',
  '',
  ...settingsTable(outsideSettings),
])

const USES = [
  'Every process serves its figures at `/metrics` of its internal door; where all services are one process, of the gateway’s, to the',
  'addresses in `GATEWAY_MONITORING_FROM` (the machine itself). Counters',
  'live in the process and begin at 0 with it; figures of rows are read just before a scrape, by every process of the service alike, so',
  'queries take their maximum. Labels have small known sets of values: a route’s template, never a path; an event’s type, never an id.',
  'A metric keeps at most a thousand series and counts the rest under `other`. Times are seconds, sizes bytes, money minor units.',
  '`deploy/prometheus` has the rules on them, `deploy/grafana` the dashboards, `docs/runbooks` what to do.',
]

/** As a process opens them that runs everything. */
function definitions() {
  const opened = openMetrics({ runtime: true })
  kernelMetrics(opened)
  countConnections(opened, { connections: 0 })
  for (const { readings = [] } of [...services, observerPages])
    for (const gauge of readings.flatMap((reading) => [...reading.gauges])) opened.gauge(gauge)
  return opened.definitions
}

const metrics = page('docs/metrics.md', 'Metrics', () => [
  ...USES,
  '',
  ...table(
    ['metric', 'type', 'labels', 'is'],
    definitions().map(({ name, type, labels, help }) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(' '),
      help,
    ]),
  ),
])

export const REFERENCE: readonly Page[] = [events, errors, configuration, metrics]
