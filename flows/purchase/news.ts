// How a person is told of one fact by mail: notifications hears of it, writes the message down, sends it and says what became
// of it. Drawn alike for good news and bad.

import { type Condition, message, type Sequence, seq } from '../language.ts'
import { all, byMail, TOLD } from './facts.ts'

/** A mail that could not be delivered has been told of as well. */
const SENT = { pattern: /^notification:(sent|failed)$/ }

/** Ids of the four messages, the event that the news is, and the message that publishes it. */
export interface News {
  readonly ids: readonly [heard: string, queued: string, sent: string, told: string]
  readonly event: { readonly name: string } | { readonly pattern: RegExp }
  readonly of: readonly string[]
  /** It stands in a loop: what is about other news must not count as a round of it. */
  readonly repeats?: boolean
}

const about = (event: News['event']): Condition => ({
  words: 'about this news',
  holds(interaction, run) {
    const cause = run.causeOf(interaction)
    if (cause === undefined) return interaction.parent === undefined ? false : undefined
    return 'name' in event ? cause.name === event.name : event.pattern.test(cause.name)
  },
})

export function toldByMail({ ids, event, of, repeats = false }: News): Sequence {
  const [heard, queued, sent, told] = ids
  const itemsOf = (id: string) => (id.startsWith('P.') ? {} : { items: [] })
  const own = { from: 'NotificationSvc', to: 'NotificationSvc', of }
  const where = repeats ? { where: about(event) } : {}
  return seq(
    message({
      ...{ ...own, id: heard, ...itemsOf(heard), kind: 'consume', from: 'KafkaBus' },
      match: event,
    }),
    message({
      ...{ ...own, id: queued, ...itemsOf(queued), kind: 'step' },
      match: { name: 'notification:queued', ...where },
    }),
    message({ ...own, id: sent, ...itemsOf(sent), kind: 'step', match: { ...SENT, ...where } }),
    message({
      ...{ ...own, id: told, ...itemsOf(told), kind: 'publish', to: 'KafkaBus' },
      match: { name: TOLD, where: repeats ? all(about(event), byMail) : byMail },
    }),
  )
}
