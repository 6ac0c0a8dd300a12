// Judges runs by themselves, so that a deviation is known before somebody looks. A run under way is judged again after a quarter of
// its age; one that is over stays judged until something new arrives for it. What is judged a tick is bounded: under heavy load
// verdicts come later, and orders never do.

import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import { judge, readFlow } from '../judge.ts'
import type { ObserverParts } from '../service.ts'
import { lockDue, saveVerdict } from '../store.ts'

const EVERY_SECONDS = 3
const RUNS_A_TICK = 30
const AGAIN_SECONDS_MIN = 3
const AGAIN_SECONDS_MAX = 600

async function run({ unit, parts, now }: JobRun<undefined, ObserverParts>): Promise<void> {
  await unit(async (tx) => {
    for (const { flow, age_seconds: age } of await tx.many(lockDue(RUNS_A_TICK))) {
      const interactions = await readFlow(tx, flow, parts.groups)
      const verdict = judge(flow, { interactions, now, lossy: parts.lossy() })
      if (verdict === undefined) continue
      const { verdict: word, required, seen, deviations } = verdict
      const again = Math.min(AGAIN_SECONDS_MAX, Math.max(AGAIN_SECONDS_MIN, age / 4))
      tx.write(
        saveVerdict({
          ...{ flow, verdict: word, required, seen, deviations },
          againSeconds: word === 'running' ? again : null,
        }),
      )
    }
  })
}

export const judgeFlows = job<undefined, ObserverParts>({
  name: 'observer.judge',
  everySeconds: EVERY_SECONDS,
  run,
})
