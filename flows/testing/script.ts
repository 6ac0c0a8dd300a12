// Writes a run down for tests, interaction by interaction, causes first. Ids are those of the messages that they stand for.

import type { Interaction, InteractionKind } from '@rialto/contracts/observer/interactions.ts'

interface Note {
  readonly parent?: string
  readonly outcome?: string
  readonly payload?: Readonly<Record<string, unknown>>
}

/** Writes interactions down one after the other, each a millisecond later. */
export class Script {
  readonly run: Interaction[] = []
  readonly #bare: boolean

  constructor(bare: boolean) {
    this.#bare = bare
  }

  #add(id: string, lane: readonly [InteractionKind, string, string, string], note: Note): string {
    const [kind, from, to, name] = lane
    const { payload, ...rest } = note
    this.run.push({
      id,
      flow: 'ord_1',
      kind,
      from,
      to,
      name,
      at: 1_000 + this.run.length,
      seq: this.run.length + 1,
      outcome: 'ok',
      attempt: 1,
      ...rest,
      ...(payload === undefined || this.#bare ? {} : { payload }),
    })
    return id
  }

  call = (
    id: string,
    [from, to, name]: readonly [string, string, string],
    note: Note = {},
  ): string => this.#add(id, ['call', from, to, name], note)
  reply(id: string, call: string, outcome: string): string {
    const asked = this.run.findLast((i) => i.id === call)!
    return this.#add(id, ['reply', asked.to, asked.from, asked.name], { parent: call, outcome })
  }
  step = (id: string, [at, name]: readonly [string, string], parent?: string): string =>
    this.#add(id, ['step', at, at, name], parent === undefined ? {} : { parent })
  publish = (id: string, [from, name]: readonly [string, string], note: Note): string =>
    this.#add(id, ['publish', from, 'KafkaBus', name], note)
  consume(id: string, to: string, event: string): string {
    const { name } = this.run.find((i) => i.id === event)!
    return this.#add(id, ['consume', 'KafkaBus', to, name], { parent: event })
  }
}
