// What deploy/ ships, made fit for a test: other addresses and shorter intervals, everything else as it is.

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './monitoring.ts'

export const PROMETHEUS = join(ROOT, 'deploy/prometheus')
export const ALERTMANAGER = join(ROOT, 'deploy/alertmanager/alertmanager.yml')
const DASHBOARDS = join(ROOT, 'deploy/grafana/dashboards')

export const ruleFiles = (): string[] =>
  readdirSync(join(PROMETHEUS, 'rules')).map((name) => join(PROMETHEUS, 'rules', name))

export interface Alert {
  readonly name: string
  readonly text: string
}

/** The alerts of the rule files, each with the text of its rule. */
export const alerts = (): Alert[] =>
  ruleFiles().flatMap((file) =>
    readFileSync(file, 'utf8')
      .split(/^ {6}- alert: /m)
      .slice(1)
      .map((text) => ({ name: /^\w+/.exec(text)?.[0] ?? '', text })),
  )

export interface Target {
  readonly dashboard: string
  readonly panel: string
  readonly expr: string
}

interface PanelJson {
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

/** Every query of every dashboard, as Grafana would send it. */
export const targets = (): Target[] =>
  readdirSync(DASHBOARDS).flatMap((dashboard) => {
    const { panels } = JSON.parse(readFileSync(join(DASHBOARDS, dashboard), 'utf8')) as {
      panels: readonly PanelJson[]
    }
    return panels.flatMap(({ title, targets: own = [] }) =>
      own.map(({ expr }) => ({
        ...{ dashboard, panel: title },
        expr: expr.replaceAll('$__rate_interval', '1m'),
      })),
    )
  })

/** Names of metrics in a query; of a histogram without its suffix. */
export const metricsIn = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(/\brialto_[a-z0-9_]+/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    ),
  ),
]

export interface Surroundings {
  readonly target: string
  readonly alertmanagerPort: number
}

const listing = (address: string): string => `- targets: ['${address}']\n`

/** Prometheus's configuration in a directory of the test; `hurried`: scrapes every second and waits for nothing. */
export function writePrometheus(
  directory: string,
  { target, alertmanagerPort }: Surroundings,
  hurried: boolean,
): string {
  cpSync(PROMETHEUS, directory, { recursive: true })
  mkdirSync(join(directory, 'targets'), { recursive: true })
  writeFileSync(join(directory, 'targets/rialto.yml'), listing(target))
  writeFileSync(
    join(directory, 'alertmanagers/alertmanager.yml'),
    listing(`127.0.0.1:${alertmanagerPort}`),
  )
  const config = join(directory, 'prometheus.yml')
  if (!hurried) return config
  const text = readFileSync(config, 'utf8')
  const quick = text.replaceAll(
    /(scrape_interval|evaluation_interval|scrape_timeout): \w+/g,
    '$1: 1s',
  )
  writeFileSync(config, quick)
  for (const name of readdirSync(join(directory, 'rules'))) {
    const file = join(directory, 'rules', name)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^( +for): \w+$/gm, '$1: 0s'))
  }
  return config
}

/** Alertmanager's, telling this address at once. */
export function writeAlertmanager(directory: string, receiver: string): string {
  const file = join(directory, 'alertmanager.yml')
  const text = readFileSync(ALERTMANAGER, 'utf8')
    .replaceAll('http://127.0.0.1:9099', receiver)
    .replaceAll(/(group_wait|group_interval): \w+/g, '$1: 1s')
  writeFileSync(file, text)
  return file
}

/** Names of all figures in the documentation. */
export const documented = (): string[] =>
  [...readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8').matchAll(/^\| `(\w+)`/gm)].map(
    ([, name]) => name ?? '',
  )

/** Names of all figures on a page of /metrics. */
export const toldOn = (page: string): string[] =>
  [...page.matchAll(/^# TYPE (rialto_\w+) /gm)].map(([, name]) => name ?? '')

/** Services with figures of their own; these are told where the service runs. */
const OWN = /^rialto_(payments|wallets|gateway|observer)_/

/** What a process of these services leaves out of what is documented. */
export function missingOn(page: string, services: readonly string[]): string[] {
  const told = new Set(toldOn(page))
  return documented().filter((name) => {
    const owner = OWN.exec(name)?.[1]
    return (owner === undefined || services.includes(owner)) && !told.has(name)
  })
}
