// How far verdicts are behind, as figures for monitoring: while runs wait to be judged, one that deviates is not told.

import type { Reading } from '@rialto/kernel/observability/readings.ts'
import { countDue } from '../store.ts'

const gauge = (name: string, help: string) => ({ name, help, labels: [] })

export const watchRuns: Reading = {
  gauges: [
    gauge('rialto_observer_run_unjudged_items', 'Runs that wait to be judged'),
    gauge('rialto_observer_run_unjudged_age_seconds', 'Time since the oldest of them was due'),
  ],
  async read(tx) {
    const { runs, age } = await tx.one(countDue())
    return [
      { gauge: 'rialto_observer_run_unjudged_items', value: runs },
      { gauge: 'rialto_observer_run_unjudged_age_seconds', value: age },
    ]
  },
}
