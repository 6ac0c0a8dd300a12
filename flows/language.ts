// The language in which the specification's diagrams are written: plain values, no behaviour. A diagram says which messages
// a flow has, in which partial order, under which alternatives, and which of them need a proven cause. Guards and conditions
// are the only functions, each with its words beside it, because people must be able to read why a branch was taken.

import type { Interaction, InteractionKind } from '@rialto/contracts/observer/interactions.ts'

/** A recorded run, or the part of it that one iteration of a loop owns. */
export interface RunView {
  readonly interactions: readonly Interaction[]
  has(kind: InteractionKind, name: string | RegExp): boolean
  /** What else one participant did in the same request or the same handled event. */
  beside(interaction: Interaction): readonly Interaction[]
  /** The interaction that caused this one, if it was recorded. */
  causeOf(interaction: Interaction): Interaction | undefined
}

export interface GuardInput {
  /** The iteration of the enclosing loop; the whole run outside loops. */
  readonly here: RunView
  readonly whole: RunView
  /** No later iteration of the enclosing loop has begun. */
  readonly last: boolean
  /** Nothing more is expected to arrive. */
  readonly quiet: boolean
}

/** Work that takes its own time. What has not moved for `patienceMs` is taken to be lost. */
export interface Wait extends Guard {
  readonly patienceMs: number
}

/** Picks a branch by data. `undefined` means that the data cannot tell yet. */
export interface Guard {
  readonly words: string
  readonly holds: (input: GuardInput) => boolean | undefined
}

/** Tells apart messages of one name, such as one event type published with several states. */
export interface Condition {
  readonly words: string
  readonly holds: (interaction: Interaction, run: RunView) => boolean | undefined
}

export type NameMatch = { readonly name: string } | { readonly pattern: RegExp }
export type Mark = 'required' | 'optional' | 'forbidden'

export interface Message {
  readonly block: 'message'
  /** Our own id, unique in the diagram. */
  readonly id: string
  /** Checklist ids that a match of this message shows. */
  readonly items: readonly string[]
  readonly kind: InteractionKind
  readonly from: string
  readonly to: string
  readonly match: NameMatch & { readonly outcome?: string | RegExp; readonly where?: Condition }
  /** Messages of which one must be the direct cause. Replies find their call by themselves. */
  readonly of?: readonly string[]
  readonly mark: Mark
  /** Repeats fold into the first match: a client may ask again under the same idempotency key. */
  readonly repeats: boolean
  /** A message whose participant or function is still to come is drawn, but neither required nor counted. */
  readonly built: boolean
  /** Amber when it comes later than this after another message; never decides the verdict. */
  readonly within?: { readonly after: string; readonly deadlineMs: number }
}

export interface Sequence {
  readonly block: 'seq'
  readonly parts: readonly Block[]
}
export interface Parallel {
  readonly block: 'par'
  readonly parts: readonly Block[]
}
export interface Alternative {
  readonly block: 'alt'
  readonly id: string
  readonly branches: readonly Branch[]
}
export interface Branch {
  readonly name: string
  readonly when?: Guard
  readonly body: Block
}
/** All of it or nothing of it. */
export interface Optional {
  readonly block: 'opt'
  readonly words: string
  readonly body: Block
}
export interface Loop {
  readonly block: 'loop'
  readonly id: string
  readonly words: string
  readonly bounds: (whole: RunView) => { readonly min: number; readonly max: number }
  /** The message that begins an iteration. Without it the k-th occurrence of each message belongs to iteration k. */
  readonly opener?: string
  /** Says which iteration something belongs to that no recorded cause ties to one, such as a webhook: by its payment id. */
  readonly key?: (interaction: Interaction) => string | undefined
  readonly body: Block
}
export type Block = Message | Sequence | Parallel | Alternative | Optional | Loop

/** The effect's cause must be proven by parent links; "earlier by the clock" is not enough. */
export interface StrictEdge {
  readonly causes: readonly string[]
  readonly effect: string
  readonly why: string
}

/** What other documents add to the flow: allowed at any time, in any number, never required. */
export interface Extra {
  readonly words: string
  readonly kinds: readonly InteractionKind[]
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly names: readonly (string | RegExp)[]
  readonly where?: Condition
}

export interface Participant {
  readonly id: string
  readonly label: string
  readonly kind: 'person' | 'app' | 'service' | 'broker' | 'outside'
}

export interface Diagram {
  readonly id: string
  readonly title: string
  readonly participants: readonly Participant[]
  readonly body: Block
  readonly strict: readonly StrictEdge[]
  readonly extras: readonly Extra[]
  /** From here on nothing waits for a person: once the services are idle too, the run is over. */
  readonly ends: Guard
  /** Work of others is on its way that takes its own time: the run is over later, when it is done or is taken to be lost. */
  readonly waits?: readonly Wait[]
}

export const seq = (...parts: readonly Block[]): Sequence => ({ block: 'seq', parts })
export const par = (...parts: readonly Block[]): Parallel => ({ block: 'par', parts })
export const alt = (id: string, ...branches: readonly Branch[]): Alternative => ({
  block: 'alt',
  id,
  branches,
})
export const opt = (words: string, body: Block): Optional => ({ block: 'opt', words, body })
export const loop = (definition: Omit<Loop, 'block'>): Loop => ({ block: 'loop', ...definition })

type MessageInput = Omit<Message, 'block' | 'items' | 'mark' | 'repeats' | 'built'> &
  Partial<Pick<Message, 'items' | 'mark' | 'repeats' | 'built'>>

/** A message; without `items` it shows the checklist item of its own id. */
export function message(input: MessageInput): Message {
  return {
    block: 'message',
    items: input.items ?? [input.id],
    mark: 'required',
    repeats: false,
    built: true,
    ...input,
  }
}

/** All messages below a block, in drawing order. */
export function messagesOf(block: Block): Message[] {
  switch (block.block) {
    case 'message':
      return [block]
    case 'seq':
    case 'par':
      return block.parts.flatMap(messagesOf)
    case 'alt':
      return block.branches.flatMap((branch) => messagesOf(branch.body))
    default:
      return messagesOf(block.body)
  }
}

const loopsOf = (block: Block): Loop[] => {
  switch (block.block) {
    case 'message':
      return []
    case 'seq':
    case 'par':
      return block.parts.flatMap(loopsOf)
    case 'alt':
      return block.branches.flatMap((branch) => loopsOf(branch.body))
    case 'loop':
      return [block, ...loopsOf(block.body)]
    default:
      return loopsOf(block.body)
  }
}

const holdsAlt = (block: Block): boolean => {
  if (block.block === 'alt') return true
  if (block.block === 'message') return false
  if (block.block === 'seq' || block.block === 'par') return block.parts.some(holdsAlt)
  return holdsAlt(block.body)
}

/** Checks a diagram for what the checker relies on and answers it. Throws on the first fault: a wrong diagram is a bug. */
export function diagram(definition: Diagram): Diagram {
  const messages = messagesOf(definition.body)
  const ids = new Set(messages.map((m) => m.id))
  const names = new Set(definition.participants.map((p) => p.id))
  const demand = (holds: boolean, fault: string): void => {
    if (!holds) throw new Error(`diagram ${definition.id}: ${fault}`)
  }
  demand(ids.size === messages.length, 'two messages share an id')
  const known = (id: string): void => demand(ids.has(id), `unknown message ${id}`)
  for (const m of messages) {
    demand(names.has(m.from) && names.has(m.to), `${m.id} names an unknown participant`)
    for (const id of m.of ?? []) known(id)
    if (m.within !== undefined) known(m.within.after)
  }
  for (const edge of definition.strict) for (const id of [...edge.causes, edge.effect]) known(id)
  for (const each of loopsOf(definition.body)) {
    demand(loopsOf(each.body).length === 0, `loop ${each.id} holds another loop`)
    if (each.opener !== undefined) known(each.opener)
    else demand(!holdsAlt(each.body), `loop ${each.id} needs an opener for its alternatives`)
  }
  return definition
}
