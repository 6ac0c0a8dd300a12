// A recorded run put in order by cause. Interactions arrive in any order, twice, and from processes whose clocks differ, so
// nothing here orders two services by clock: only parent links, and inside one context (one request or one handled event of
// one participant) the sequence number, where the clock of that same participant does not contradict it. Publishes stand
// outside that sequence: they come true with the steps of their commit, in one instant.

import type { Interaction, InteractionKind } from '@rialto/contracts/observer/interactions.ts'
import type { RunView } from '../language.ts'

export interface CausalRun {
  /** Repeats folded, causes before effects, otherwise by clock. Indexes below are positions in this list. */
  readonly items: readonly Interaction[]
  readonly whole: RunView
  /** Ids of all interactions that a folded one stands for, itself included. */
  idsOf(index: number): readonly string[]
  parentOf(index: number): number | undefined
  /** Everything that one outside impulse set off shares a root. */
  rootOf(index: number): string
  /** Its chain of causes is recorded down to the first. */
  rooted(index: number): boolean
  /** Something is named as a cause that was not recorded (yet). */
  readonly holes: boolean
  /** `a` happens before `b`, proven. */
  before(a: number, b: number): boolean
  /** `a` happens before `b` or in the same commit as something that is `b` or happens before it. */
  proven(a: number, b: number): boolean
  view(indexes: readonly number[]): RunView
}

const byClock = (a: Interaction, b: Interaction): number =>
  a.at - b.at || a.seq - b.seq || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

interface Folded {
  readonly items: Interaction[]
  readonly alias: Map<string, string>
  readonly repeats: Map<string, string[]>
}

/**
 * Folds what is one message told several times: the same id, an event delivered again to the same consumer, a call repeated
 * as a further attempt from the same context, and the replies of such calls (the last one is the answer).
 */
function fold(interactions: readonly Interaction[]): Folded {
  const unique = [...new Map(interactions.map((i) => [i.id, i])).values()].sort(byClock)
  const alias = new Map<string, string>()
  const repeats = new Map<string, string[]>()
  const kept = new Map<string, Interaction>()
  const firstOf = new Map<string, string>()
  const replyOf = new Map<string, string>()
  const absorb = (into: string, id: string): void => {
    repeats.set(into, [...(repeats.get(into) ?? [into]), ...(repeats.get(id) ?? [id])])
    for (const [from, to] of alias) if (to === id) alias.set(from, into)
    alias.set(id, into)
    kept.delete(id)
  }
  for (const i of unique) {
    const key = `${i.kind}|${i.parent ?? ''}|${i.from}|${i.to}|${i.name}`
    const first = firstOf.get(key)
    kept.set(i.id, i)
    if (i.kind === 'consume' && i.parent !== undefined) {
      if (first === undefined) firstOf.set(key, i.id)
      else absorb(first, i.id)
    } else if (i.kind === 'call') {
      if (first !== undefined && i.attempt > 1) absorb(first, i.id)
      else firstOf.set(key, i.id)
    }
  }
  for (const i of unique) {
    if (i.kind !== 'reply' || i.parent === undefined) continue
    const call = alias.get(i.parent) ?? i.parent
    const earlier = replyOf.get(call)
    if (earlier !== undefined) absorb(i.id, earlier)
    replyOf.set(call, i.id)
  }
  return { items: [...kept.values()], alias, repeats }
}

/** Names the request or handled event in which an interaction was noted. */
function contextsOf(
  items: readonly Interaction[],
  causeOf: (i: Interaction) => Interaction | undefined,
) {
  const contextOf = (i: Interaction): string => {
    if (i.kind === 'reply') {
      const call = causeOf(i)
      return call === undefined || call.kind !== 'call' ? `reply ${i.id}` : contextOf(call)
    }
    const actor = i.kind === 'consume' ? i.to : i.from
    const cause = causeOf(i)
    const origin = cause?.kind === 'consume' && cause.to === actor ? cause.parent : cause?.id
    const root = origin ?? i.parent
    return root === undefined ? `root ${i.id}` : `${actor} under ${root}`
  }
  return items.map(contextOf)
}

const SEQUENCED: ReadonlySet<InteractionKind> = new Set(['call', 'reply', 'step'])

/** Whether `a` comes first of two interactions of one context. */
function firstInContext(a: Interaction, b: Interaction): boolean {
  if (a.kind === 'consume') return b.kind !== 'consume'
  if (!SEQUENCED.has(a.kind) || !SEQUENCED.has(b.kind)) return false
  return a.seq < b.seq && a.at <= b.at
}

/** Direct causes of each item, as positions in `items`. */
function causesOf(
  items: readonly Interaction[],
  parents: readonly (number | undefined)[],
  peers: readonly (readonly number[])[],
) {
  return items.map((item, index) => {
    const parent = parents[index]
    const causes = parent === undefined ? [] : [parent]
    for (const peer of peers[index]!)
      if (peer !== index && firstInContext(items[peer]!, item)) causes.push(peer)
    return causes
  })
}

/** Positions in an order in which every cause precedes its effects. A cycle, which only a broken recorder makes, is cut. */
function causalOrder(causes: readonly (readonly number[])[]): number[] {
  const order: number[] = []
  const visited = new Set<number>()
  const visit = (index: number): void => {
    if (visited.has(index)) return
    visited.add(index)
    for (const cause of causes[index]!) visit(cause)
    order.push(index)
  }
  for (let index = 0; index < causes.length; index++) visit(index)
  return order
}

function groupBy<K>(keys: readonly K[]): Map<K, number[]> {
  const groups = new Map<K, number[]>()
  keys.forEach((key, index) => {
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [index])
    else group.push(index)
  })
  return groups
}

interface Links {
  readonly parents: readonly (number | undefined)[]
  /** Each item's context: the positions of all that were noted in it, itself included, in their order. */
  readonly peers: readonly (readonly number[])[]
}

function link(items: readonly Interaction[], alias: ReadonlyMap<string, string>): Links {
  const positions = new Map(items.map((i, index) => [i.id, index]))
  const parents = items.map(({ parent }) =>
    parent === undefined ? undefined : positions.get(alias.get(parent) ?? parent),
  )
  const causeOf = (i: Interaction): Interaction | undefined => {
    const parent = parents[positions.get(i.id)!]
    return parent === undefined ? undefined : items[parent]
  }
  const contexts = contextsOf(items, causeOf)
  const groups = groupBy(contexts)
  return { parents, peers: contexts.map((c) => groups.get(c)!) }
}

/** The same links where item `order[n]` has become item `n`. */
function moved({ parents, peers }: Links, order: readonly number[]): Links {
  const places: number[] = []
  for (const [place, index] of order.entries()) places[index] = place
  const groups = new Map<readonly number[], readonly number[]>()
  for (const group of peers)
    if (!groups.has(group))
      groups.set(
        group,
        group.map((index) => places[index]!).sort((a, b) => a - b),
      )
  const parentOf = (index: number): number | undefined => {
    const parent = parents[index]
    return parent === undefined ? undefined : places[parent]
  }
  return {
    parents: order.map(parentOf),
    peers: order.map((index) => groups.get(peers[index]!)!),
  }
}

/** For each item the set of items proven to come before it, as bits. `items` must be in causal order. */
function closure(causes: readonly (readonly number[])[]): Uint32Array[] {
  const words = Math.ceil(causes.length / 32)
  const sets: Uint32Array[] = []
  for (const [index, direct] of causes.entries()) {
    const set = new Uint32Array(words)
    for (const cause of direct) {
      if (cause >= index) continue
      const earlier = sets[cause]!
      for (let w = 0; w < words; w++) set[w]! |= earlier[w]!
      set[cause >> 5]! |= 1 << (cause & 31)
    }
    sets.push(set)
  }
  return sets
}

export function causalRun(interactions: readonly Interaction[]): CausalRun {
  const folded = fold(interactions)
  const loose = link(folded.items, folded.alias)
  const order = causalOrder(causesOf(folded.items, loose.parents, loose.peers))
  const items = order.map((index) => folded.items[index]!)
  const positions = new Map(items.map((i, index) => [i.id, index]))
  const { parents, peers } = moved(loose, order)
  const earlier = closure(causesOf(items, parents, peers))
  const dangling = items.map((i, index) => i.parent !== undefined && parents[index] === undefined)

  const before = (a: number, b: number): boolean => (earlier[b]![a >> 5]! & (1 << (a & 31))) !== 0
  const together = (a: number): readonly number[] => {
    const kind = items[a]!.kind
    if (kind !== 'step' && kind !== 'publish') return []
    const other = kind === 'step' ? 'publish' : 'step'
    return peers[a]!.filter((peer) => items[peer]!.kind === other)
  }
  const top = (index: number): number => {
    let at = index
    for (let hops = 0; hops < items.length; hops++) {
      const parent = parents[at]
      if (parent === undefined) break
      at = parent
    }
    return at
  }
  const at = (i: Interaction): number => positions.get(i.id)!
  const view = (indexes: readonly number[]): RunView => {
    const part = indexes.map((index) => items[index]!)
    return {
      interactions: part,
      has: (kind, name) =>
        part.some(
          (i) =>
            i.kind === kind && (typeof name === 'string' ? i.name === name : name.test(i.name)),
        ),
      beside: (i) => peers[at(i)]!.filter((peer) => peer !== at(i)).map((peer) => items[peer]!),
      causeOf: (i) => {
        const parent = parents[at(i)]
        return parent === undefined ? undefined : items[parent]
      },
    }
  }
  return {
    items,
    whole: view(items.map((_, index) => index)),
    idsOf: (index) => folded.repeats.get(items[index]!.id) ?? [items[index]!.id],
    parentOf: (index) => parents[index],
    rootOf: (index) => {
      const root = items[top(index)]!
      return root.parent ?? root.id
    },
    rooted: (index) => !dangling[top(index)],
    holes: dangling.includes(true),
    before,
    proven: (a, b) => before(a, b) || together(a).some((x) => x === b || before(x, b)),
    view,
  }
}
