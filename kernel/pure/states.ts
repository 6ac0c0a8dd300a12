// States as data. One table per machine gives the transition check, the CHECK constraint's list, the test model and the
// picture. A transition that is not listed is refused and the refusal is recorded with its reason; a late or repeated
// message never moves a state backwards.

export interface Machine<State extends string> {
  readonly name: string
  readonly initial: State
  readonly next: { readonly [S in State]: readonly State[] }
}

/** Declares a machine. `next` lists for each state the states that may follow it. */
export const machine = <State extends string>(definition: Machine<State>): Machine<State> =>
  definition

export type Move = 'move' | 'repeat' | 'refuse'

/** What a message that asks for `to` does to something in state `from`. */
export function decideMove<State extends string>(m: Machine<State>, from: State, to: State): Move {
  if (from === to) return 'repeat'
  return m.next[from].includes(to) ? 'move' : 'refuse'
}

/** All states, in declaration order; the CHECK constraint of the table lists the same. */
export const statesOf = <State extends string>(m: Machine<State>): State[] =>
  Object.keys(m.next) as State[]
