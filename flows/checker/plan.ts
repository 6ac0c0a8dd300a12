// A diagram made ready for checking: its messages in a list, the partial order between them as a table, and for each the
// alternatives, options and loop it stands in. Made once a diagram and kept.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import type {
  Alternative,
  Block,
  Diagram,
  Extra,
  Loop,
  Message,
  Optional,
  RunView,
} from '../language.ts'

export interface Leaf {
  readonly index: number
  readonly message: Message
  readonly loop: Loop | undefined
  /** Alternatives around it, outermost first, with the branch it stands in. */
  readonly choices: readonly { readonly alt: Alternative; readonly branch: number }[]
  /** Options around it, with the loop that the option itself stands in. */
  readonly options: readonly { readonly opt: Optional; readonly loop: Loop | undefined }[]
}

export interface AlternativePlace extends Pick<Leaf, 'loop' | 'choices'> {
  readonly alt: Alternative
}

export interface Plan {
  readonly diagram: Diagram
  readonly leaves: readonly Leaf[]
  readonly alternatives: readonly AlternativePlace[]
  readonly loops: readonly Loop[]
  leaf(id: string): Leaf
  /** Leaves that a direct cause must match, or nothing when any cause will do. */
  causesOf(leaf: Leaf): readonly Leaf[] | undefined
  /** Whether the diagram draws `a` before `b` (inside one iteration). */
  ordered(a: Leaf, b: Leaf): boolean
  /** Messages that an interaction could be, by kind, participants, name and condition. `unsure`: a condition cannot tell yet. */
  candidates(
    i: Interaction,
    run: RunView,
  ): { readonly leaves: readonly Leaf[]; readonly unsure: boolean }
  extraFor(i: Interaction, run: RunView): Extra | undefined
}

interface Place {
  readonly block: Block
  readonly child: number
}

interface Walk {
  readonly leaves: Leaf[]
  readonly places: Place[][]
  readonly alternatives: AlternativePlace[]
  readonly loops: Loop[]
}

interface Around {
  readonly loop: Loop | undefined
  readonly choices: Leaf['choices']
  readonly options: Leaf['options']
  readonly places: readonly Place[]
}

function walk(block: Block, around: Around, found: Walk): void {
  const inside = (child: number, more: Partial<Around> = {}): Around => ({
    ...around,
    places: [...around.places, { block, child }],
    ...more,
  })
  switch (block.block) {
    case 'message':
      found.places.push([...around.places])
      found.leaves.push({
        index: found.leaves.length,
        message: block,
        loop: around.loop,
        choices: around.choices,
        options: around.options,
      })
      return
    case 'seq':
    case 'par':
      for (const [n, part] of block.parts.entries()) walk(part, inside(n), found)
      return
    case 'alt':
      found.alternatives.push({ alt: block, loop: around.loop, choices: around.choices })
      for (const [n, { body }] of block.branches.entries())
        walk(body, inside(n, { choices: [...around.choices, { alt: block, branch: n }] }), found)
      return
    case 'opt':
      walk(
        block.body,
        inside(0, { options: [...around.options, { opt: block, loop: around.loop }] }),
        found,
      )
      return
    case 'loop':
      found.loops.push(block)
      walk(block.body, inside(0, { loop: block }), found)
  }
}

/** The first place where two paths part decides: parts of a sequence are ordered, everything else is not. */
function drawnBefore(a: readonly Place[], b: readonly Place[]): boolean {
  for (let n = 0; n < Math.min(a.length, b.length); n++) {
    const [x, y] = [a[n]!, b[n]!]
    if (x.block !== y.block) return false
    if (x.child !== y.child) return x.block.block === 'seq' && x.child < y.child
  }
  return false
}

const named = (m: Message, name: string): boolean =>
  'name' in m.match ? m.match.name === name : m.match.pattern.test(name)

export const outcomeFits = (m: Message, outcome: string): boolean => {
  const wanted = m.match.outcome
  if (wanted === undefined) return true
  return typeof wanted === 'string' ? wanted === outcome : wanted.test(outcome)
}

/** A reply's calls: messages of the same name the other way round. */
const callsOf = (reply: Message, leaves: readonly Leaf[]): Leaf[] =>
  leaves.filter(({ message: m }) => {
    if (m.kind !== 'call' || m.from !== reply.to || m.to !== reply.from) return false
    return 'name' in reply.match && 'name' in m.match && m.match.name === reply.match.name
  })

function make(diagram: Diagram): Plan {
  const found: Walk = { leaves: [], places: [], alternatives: [], loops: [] }
  walk(diagram.body, { loop: undefined, choices: [], options: [], places: [] }, found)
  const { leaves, places } = found
  const byId = new Map(leaves.map((leaf) => [leaf.message.id, leaf]))
  const byLane = new Map<string, Leaf[]>()
  for (const leaf of leaves) {
    const lane = `${leaf.message.kind}|${leaf.message.from}|${leaf.message.to}`
    byLane.set(lane, [...(byLane.get(lane) ?? []), leaf])
  }
  const order = leaves.map((_, a) => leaves.map((_, b) => drawnBefore(places[a]!, places[b]!)))
  const causes = leaves.map(({ message: m }) => {
    if (m.of !== undefined) return m.of.map((id) => byId.get(id)!)
    if (m.kind !== 'reply') return undefined
    const calls = callsOf(m, leaves)
    return calls.length === 0 ? undefined : calls
  })
  return {
    diagram,
    leaves,
    alternatives: found.alternatives,
    loops: found.loops,
    leaf: (id) => byId.get(id)!,
    causesOf: (leaf) => causes[leaf.index],
    ordered: (a, b) => order[a.index]![b.index]!,
    candidates(i, run) {
      let unsure = false
      const fitting = (byLane.get(`${i.kind}|${i.from}|${i.to}`) ?? []).filter(({ message: m }) => {
        if (!named(m, i.name)) return false
        const told = m.match.where === undefined ? true : m.match.where.holds(i, run)
        if (told === undefined) unsure = true
        return told === true
      })
      return { leaves: fitting, unsure }
    },
    extraFor: (i, run) =>
      diagram.extras.find(
        (extra) =>
          extra.kinds.includes(i.kind) &&
          extra.from.includes(i.from) &&
          extra.to.includes(i.to) &&
          extra.names.some((n) => (typeof n === 'string' ? n === i.name : n.test(i.name))) &&
          extra.where?.holds(i, run) !== false,
      ),
  }
}

const plans = new WeakMap<Diagram, Plan>()

export function planOf(diagram: Diagram): Plan {
  const known = plans.get(diagram)
  if (known !== undefined) return known
  const made = make(diagram)
  plans.set(diagram, made)
  return made
}
