// Judges runs by themselves, so that a deviation is known before somebody looks. A run under way is judged again after a quarter of
// its age; one that is over stays judged until something new arrives for it. What is judged a tick is bounded: under heavy load
// verdicts come later, and orders never do. All of a tick is read in two queries and written in one.

import { setImmediate as others } from 'node:timers/promises'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import { judge, readFlows } from '../judge.ts'
import type { ObserverParts } from '../service.ts'
import { type Judged, lockDue, saveVerdicts } from '../store.ts'

const EVERY_SECONDS = 3
const RUNS_A_TICK = 30
const AGAIN_SECONDS_MIN = 3
const AGAIN_SECONDS_MAX = 600

async function run({ unit, parts, now }: JobRun<undefined, ObserverParts>): Promise<void> {
  await unit(async (tx) => {
    const due = await tx.many(lockDue(RUNS_A_TICK))
    if (due.length === 0) return
    const names = due.map(({ flow }) => flow)
    const flows = await readFlows(tx, names, parts.groups)
    const lossy = parts.lossy()
    const judged: Judged[] = []
    for (const { flow, age_seconds: age } of due) {
      // A verdict takes about 2 ms: thirty in a row would keep every buyer waiting meanwhile.
      await others()
      const { interactions = [], handled = [] } = flows.get(flow) ?? {}
      const found = judge(flow, { interactions, now, lossy })
      if (found === undefined) continue
      const { verdict, required, seen, deviations } = found
      const again = Math.min(AGAIN_SECONDS_MAX, Math.max(AGAIN_SECONDS_MIN, age / 4))
      const rest =
        verdict === 'running'
          ? { againSeconds: again, handled: null }
          : { againSeconds: null, handled }
      judged.push({ flow, verdict, required, seen, deviations, ...rest })
    }
    tx.write(saveVerdicts(judged))
  })
}

export const judgeFlows = job<undefined, ObserverParts>({
  name: 'observer.judge',
  everySeconds: EVERY_SECONDS,
  run,
})
