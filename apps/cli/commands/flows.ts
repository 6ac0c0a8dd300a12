import { explain } from '@rialto/flows/checker/explain.ts'
import { diagramOf } from '@rialto/server/observer/judge.ts'
import { judgeRecorded } from '@rialto/server/observer/read.ts'
import { type Command, jsonLine, print, readWords, UsageError } from '../command.ts'
import { asOperator } from '../operator.ts'

export const flows: Command = {
  name: 'flows',
  usage: 'flows check <order>',
  summary: 'the living record of an order beside its diagram',
  async run(words) {
    const { values, words: rest } = readWords(words, { words: 2 })
    const [verb, key] = rest
    if (verb !== 'check' || key === undefined) throw new UsageError('say check and an order id')
    const diagram = diagramOf(key)
    if (diagram === undefined) throw new UsageError(`no diagram belongs to keys like "${key}"`)
    const judged = await asOperator(({ pool, config }) =>
      judgeRecorded(pool, key, config.recorderRate),
    )
    if (judged === undefined) {
      print(
        values.json === true
          ? jsonLine({
              ...{ flow: diagram.id, verdict: 'unknown', required: 0, seen: 0 },
              ...{ deviations: [], id: key, items: [] },
            })
          : `Nothing is recorded under ${key}.\n`,
      )
      return false
    }
    const { verdict, interactions } = judged
    if (values.json === true)
      print(
        jsonLine({
          flow: verdict.diagram,
          verdict: verdict.verdict,
          required: verdict.required,
          seen: verdict.seen,
          deviations: verdict.deviations,
          id: key,
          items: verdict.items,
        }),
      )
    else {
      const count =
        interactions.length === 0 ? '' : `${interactions.length} interactions recorded.\n`
      print(`${explain(diagram, verdict)}\n${count}`)
    }
    return verdict.verdict === 'conforms'
  },
}
