// What a dashboard of ours is, as data; build.ts makes Grafana's JSON of it.

/** Grafana's names of units. */
export type Unit = 'short' | 's' | 'percentunit' | 'reqps' | 'ops' | 'bytes' | 'dtdurations'

export interface Query {
  /** PromQL; `$__rate_interval` is Grafana's. */
  readonly expr: string
  /** `{{label}}` is replaced by the label's value. */
  readonly legend: string
}

export interface Panel {
  readonly title: string
  /** What it says, and what a bad value looks like. */
  readonly about: string
  /** `now`: the last value, large; `over time`: a line for each series. */
  readonly shows: 'now' | 'over time'
  readonly unit: Unit
  readonly queries: readonly Query[]
  /** For `now`: from here on it is bad. */
  readonly badFrom?: number
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

export interface Board {
  readonly uid: string
  readonly title: string
  readonly about: string
  readonly rows: readonly Row[]
}

/** A rate that is 0 where nothing was counted yet, so that a share of it is a share. */
export const orZero = (expr: string): string => `(${expr} or vector(0))`

const counted = (metric: string, by: string, match = ''): string =>
  `sum by (${by}) (rate(${metric}${match}[$__rate_interval]))`

/** Events a second. */
export const rateOf = counted

/** That share of a histogram's observations took at most so long. */
export const quantileOf = (q: number, metric: string, by: string): string =>
  `histogram_quantile(${q}, ${counted(`${metric}_bucket`, `${by}, le`)})`
