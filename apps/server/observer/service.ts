// The observer: collects what every process recorded, judges it by the diagrams, and serves both. Without it nothing fails.

import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import { duration, parseSettings } from '@rialto/kernel/config/settings.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import type { Loan } from '@rialto/kernel/trace/recorder.ts'
import type pg from 'pg'
import Type from 'typebox'
import { collector } from './collect.ts'
import { problems } from './errors.ts'
import { dropRuns } from './features/drop-runs.ts'
import { judgeFlows } from './features/judge-flows.ts'
import { watchRuns } from './features/watch-runs.ts'
import { features } from './http.ts'
import type { Completeness } from './judge.ts'

export interface ObserverParts {
  /** Consumer group → participant. */
  readonly groups: ReadonlyMap<string, string>
  /** Connections of the bus, for operators' work on it. */
  readonly pool: () => pg.Pool
  readonly completeness: Completeness
  /** For how long a run is kept after its last verdict. */
  readonly retentionMs: number
}

export interface ObserverOptions extends Omit<ObserverParts, 'retentionMs'> {
  /** Service name → participant. */
  readonly participants: ReadonlyMap<string, string>
  /** What the recorder of this process has waiting. */
  readonly lend?: () => Loan | undefined
}

/** Its schema, for whoever migrates without running it. */
export const observerMigrations = {
  name: 'observer',
  migrations: new URL('./migrations/', import.meta.url),
} as const

const settings = Type.Object({
  OBSERVER_RETENTION: duration({
    default: '90d',
    description: 'how long the record of a run is kept after its last verdict',
  }),
})

/** What the pages about a running platform say of it. */
export const observerPages = { name: 'observer', settings, readings: [watchRuns] } as const

export const observer = (options: ObserverOptions): Service => ({
  ...observerMigrations,
  participant: 'Observer',
  features,
  handlers: [],
  batches: [collector(options.participants, options.lend ?? (() => undefined))],
  jobs: [judgeFlows, dropRuns],
  readings: observerPages.readings,
  settings,
  uses: [],
  publishes: [InteractionsRecorded],
  problems,
  build: (input): ObserverParts => ({
    ...options,
    retentionMs: parseSettings(settings, input.settings).OBSERVER_RETENTION,
  }),
})
