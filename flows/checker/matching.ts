// Gives every recorded interaction its place in the diagram, or says why it has none. One pass in causal order, so that a
// cause has its place before its effects look for theirs; no search, no going back.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { wordsOf } from '../mermaid.ts'
import type { Choices, Facts } from './branches.ts'
import { type Leaf, outcomeFits } from './plan.ts'
import type { Deviation } from './verdict.ts'

/** A deviation with what it rests on: `firm` stands whatever still arrives; `absence` is void where recordings were lost. */
export interface Finding extends Deviation {
  readonly firm?: boolean
  readonly absence?: boolean
}

export interface Matching {
  /** Places taken: interactions by leaf and round (0 outside loops). */
  readonly at: (leaf: Leaf, round: number) => readonly number[]
  readonly rounds: (leaf: Leaf) => readonly number[]
  /** Repeats of messages that may repeat. */
  readonly echoes: ReadonlyMap<Leaf, readonly number[]>
  readonly leafOf: ReadonlyMap<number, Leaf>
  readonly extras: readonly number[]
  readonly findings: readonly Finding[]
}

export const say = (i: Interaction): string => {
  if (i.kind === 'step') return `${i.from}: ${i.name}`
  const outcome = i.kind === 'reply' ? ` (${i.outcome})` : ''
  return `${i.from}→${i.to} ${i.kind} ${i.name}${outcome}`
}

/** Whether the branches around a leaf are the ones taken. */
export function standing(
  leaf: Leaf,
  round: number,
  choices: Choices,
): 'taken' | 'undecided' | 'elsewhere' {
  for (const { alt, branch } of leaf.choices) {
    const taken = choices.taken(alt, round)
    if (taken === undefined) return 'undecided'
    if (taken !== branch) return 'elsewhere'
  }
  return 'taken'
}

/** Whether the branches around a leaf are, or can still be, the ones taken. */
export function inBranch(leaf: Leaf, round: number, choices: Choices): boolean {
  return leaf.choices.every(({ alt, branch }) => {
    const taken = choices.taken(alt, round)
    return taken === undefined || taken === branch
  })
}

class Places {
  readonly #facts: Facts
  readonly #choices: Choices
  readonly #taken = new Map<Leaf, Map<number, number[]>>()
  readonly #moved = new Map<number, number>()
  readonly leafOf = new Map<number, Leaf>()
  readonly echoes = new Map<Leaf, number[]>()
  readonly extras: number[] = []
  readonly findings: Finding[] = []

  constructor(facts: Facts, choices: Choices) {
    this.#facts = facts
    this.#choices = choices
  }

  at = (leaf: Leaf, round: number): readonly number[] => this.#taken.get(leaf)?.get(round) ?? []
  rounds = (leaf: Leaf): readonly number[] => [...(this.#taken.get(leaf)?.keys() ?? [])]

  round(leaf: Leaf, index: number): number {
    if (leaf.loop === undefined) return 0
    if (leaf.loop.opener === undefined) return this.rounds(leaf).length + 1
    return this.#moved.get(index) ?? this.#facts.iterations.of(leaf.loop, index)
  }

  /** What only the clock put into a round where it has no place goes to the latest round where it has one. */
  #move(drawn: readonly Leaf[], index: number): void {
    const { iterations } = this.#facts
    if (drawn.some((leaf) => inBranch(leaf, this.round(leaf, index), this.#choices))) return
    for (const leaf of drawn) {
      if (leaf.loop === undefined || !iterations.guessed(leaf.loop, index)) continue
      for (let round = iterations.count(leaf.loop); round > 0; round--) {
        if (!inBranch(leaf, round, this.#choices)) continue
        this.#moved.set(index, round)
        return
      }
    }
  }

  #take(leaf: Leaf, index: number): void {
    const round = this.round(leaf, index)
    const byRound = this.#taken.get(leaf) ?? new Map<number, number[]>()
    byRound.set(round, [...(byRound.get(round) ?? []), index])
    this.#taken.set(leaf, byRound)
    this.leafOf.set(index, leaf)
  }

  /** Direct cause as drawn. A cause that is named but was not recorded is believed. */
  #causedAsDrawn(leaf: Leaf, index: number): boolean {
    const wanted = this.#facts.plan.causesOf(leaf)
    if (wanted === undefined) return true
    const { run } = this.#facts
    const parent = run.parentOf(index)
    if (parent === undefined) return run.items[index]!.parent !== undefined
    const cause = this.leafOf.get(parent)
    return cause !== undefined && wanted.includes(cause)
  }

  #note(index: number, finding: Omit<Finding, 'interaction'>): void {
    this.findings.push({ interaction: this.#facts.run.items[index]!.id, ...finding })
  }

  place(index: number): void {
    const { run, candidates, plan } = this.#facts
    const item = run.items[index]!
    const drawn = candidates[index]!
    this.#move(drawn, index)
    const active = drawn.filter((leaf) => inBranch(leaf, this.round(leaf, index), this.#choices))
    const caused = active.filter((leaf) => this.#causedAsDrawn(leaf, index))
    const fits = caused.filter((leaf) => outcomeFits(leaf.message, item.outcome))
    const free = fits.find((leaf) => this.at(leaf, this.round(leaf, index)).length === 0)
    if (free !== undefined) {
      this.#settle(free, index)
      return
    }
    const echo = fits.find((leaf) => leaf.message.repeats)
    if (echo !== undefined) {
      this.echoes.set(echo, [...(this.echoes.get(echo) ?? []), index])
      this.leafOf.set(index, echo)
      return
    }
    if (plan.extraFor(item, run.whole) !== undefined) {
      this.extras.push(index)
      return
    }
    this.#refuse(index, { drawn, active, caused, fits })
  }

  #settle(leaf: Leaf, index: number): void {
    this.#take(leaf, index)
    const { id, mark } = leaf.message
    const text = `${wordsOf(leaf.message)} must not happen here.`
    if (mark === 'forbidden') this.#note(index, { type: 'forbidden', message: id, text })
  }

  /** Says what is wrong with an interaction that has no place: the nearest reason first. */
  #refuse(
    index: number,
    leaves: Record<'drawn' | 'active' | 'caused' | 'fits', readonly Leaf[]>,
  ): void {
    const words = say(this.#facts.run.items[index]!)
    const [full] = leaves.fits
    const [wrongOutcome] = leaves.caused
    const [wrongCause] = leaves.active
    const [elsewhere] = leaves.drawn
    if (full !== undefined) {
      this.leafOf.set(index, full)
      const text = `${words} happened once more than drawn.`
      this.#note(index, { type: 'wrong_count', message: full.message.id, text })
    } else if (wrongOutcome !== undefined) {
      this.#take(wrongOutcome, index)
      const { id, match } = wrongOutcome.message
      const { outcome } = this.#facts.run.items[index]!
      const text = `${words} ended with ${outcome}, drawn is ${match.outcome}.`
      this.#note(index, { type: 'wrong_payload', message: id, text, firm: true })
    } else if (wrongCause !== undefined) {
      this.#take(wrongCause, index)
      const causes = this.#facts.plan.causesOf(wrongCause) ?? []
      const wanted = causes.map((cause) => cause.message.id).join(' or ')
      const text = `${words} was caused by something other than ${wanted}.`
      this.#note(index, { type: 'wrong_order', message: wrongCause.message.id, text })
    } else if (elsewhere !== undefined) {
      this.leafOf.set(index, elsewhere)
      const text = `${words} belongs to a branch that this run did not take.`
      this.#note(index, { type: 'wrong_branch', message: elsewhere.message.id, text })
    } else {
      const firm = !this.#facts.unsure.has(index)
      this.#note(index, { type: 'extra', text: `${words} is not drawn anywhere.`, firm })
    }
  }
}

export function matchAll(facts: Facts, choices: Choices): Matching {
  const places = new Places(facts, choices)
  for (const index of facts.run.items.keys()) places.place(index)
  return places
}
