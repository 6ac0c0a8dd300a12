// The observer: collects what every process recorded, judges it by the diagrams, and serves both. Without it nothing fails.

import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import type { Loan } from '@rialto/kernel/trace/recorder.ts'
import type pg from 'pg'
import { collector } from './collect.ts'
import { problems } from './errors.ts'
import { judgeFlows } from './features/judge-flows.ts'
import { watchRuns } from './features/watch-runs.ts'
import { features } from './http.ts'

export interface ObserverParts {
  /** Consumer group → participant. */
  readonly groups: ReadonlyMap<string, string>
  /** Connections of the bus, for operators' work on it. */
  readonly pool: () => pg.Pool
  /** Something may be missing from the record, so absence proves nothing. */
  readonly lossy: () => boolean
}

export interface ObserverOptions extends ObserverParts {
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

/** What the pages about a running platform say of it. */
export const observerPages = { name: 'observer', readings: [watchRuns] } as const

export const observer = (options: ObserverOptions): Service => ({
  ...observerMigrations,
  participant: 'Observer',
  features,
  handlers: [],
  batches: [collector(options.participants, options.lend ?? (() => undefined))],
  jobs: [judgeFlows],
  readings: observerPages.readings,
  uses: [],
  publishes: [InteractionsRecorded],
  problems,
  build: (): ObserverParts => options,
})
