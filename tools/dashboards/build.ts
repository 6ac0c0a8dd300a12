// Dashboards as Grafana reads them, made with its own SDK, so that a field that Grafana does not know cannot be written.

import {
  ReduceDataOptionsBuilder,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  DashboardBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import type { Board, Panel } from './board.ts'
import { events } from './events.ts'
import { money } from './money.ts'
import { processes } from './processes.ts'
import { requests } from './requests.ts'

/** As deploy/grafana/provisioning names it. */
const DATASOURCE = { type: 'prometheus', uid: 'rialto-prometheus' }
const PANEL_HEIGHT = 7
const COLUMNS = 24
const LETTERS = 'ABCDEFGH'

export const BOARDS: readonly Board[] = [money, requests, events, processes]

const queriesOf = ({ queries }: Panel): DataqueryBuilder[] =>
  queries.map(({ expr, legend }, i) =>
    new DataqueryBuilder()
      .refId(LETTERS[i] ?? '')
      .expr(expr)
      .legendFormat(legend)
      .range(),
  )

const thresholdsOf = (badFrom: number): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: 'green' },
    { value: badFrom, color: 'red' },
  ])

function panelOf(
  panel: Panel,
  { width, id }: { readonly width: number; readonly id: number },
): StatBuilder | SeriesBuilder {
  const { title, about, unit, shows, badFrom } = panel
  if (shows === 'over time')
    return new SeriesBuilder()
      .id(id)
      .title(title)
      .description(about)
      .datasource(DATASOURCE)
      .unit(unit)
      .min(0)
      .fillOpacity(10)
      .legend(new VizLegendOptionsBuilder().showLegend(true))
      .height(PANEL_HEIGHT)
      .span(width)
      .targets(queriesOf(panel))
  const stat = new StatBuilder()
    .id(id)
    .title(title)
    .description(about)
    .datasource(DATASOURCE)
    .unit(unit)
    .height(PANEL_HEIGHT)
    .span(width)
    .targets(queriesOf(panel))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
  return badFrom === undefined ? stat : stat.thresholds(thresholdsOf(badFrom))
}

/** Where its file is, from the root. */
export const fileOf = ({ uid }: Board): string => `deploy/grafana/dashboards/${uid}.json`

/** Panels of a row share its width, at most four in a line. */
const widthOf = (count: number): number => Math.floor(COLUMNS / Math.min(count, 4))

/** The text of the committed file. */
export function jsonOf({ uid, title, about, rows }: Board): string {
  const built = new DashboardBuilder(title)
    .uid(uid)
    .description(about)
    .tags(['rialto'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('15s')
    .timezone('browser')
  let id = 0
  for (const { title: name, panels } of rows) {
    id += 1
    built.withRow(new RowBuilder(name).id(id))
    const width = widthOf(panels.length)
    for (const panel of panels) {
      id += 1
      built.withPanel(panelOf(panel, { width, id }))
    }
  }
  return `${JSON.stringify(built.build(), null, 2)}\n`
}
