// The transaction as business code gets it: SQL, publishing, state moves. Events are buffered and appended to the log as the
// last statement before COMMIT, so that they are true exactly when the business rows are.

import { checkEventData } from '../bus/schema.ts'
import type { Sql } from '../db/sql.ts'
import type { Transaction } from '../db/transaction.ts'
import type { AnyEvent, DataOf } from '../pure/contract.ts'
import type { Envelope } from '../pure/envelope.ts'
import { decideMove, type Machine, type Move } from '../pure/states.ts'
import { isoInstant } from '../pure/time.ts'
import type { Context, NewInteraction } from './context.ts'

export interface Tx extends Transaction {
  readonly ctx: Context
  /** Publishes a fact that this transaction makes true. Checked against its schema: a wrong event must not be committed. */
  publish<E extends AnyEvent>(definition: E, data: DataOf<E>): Envelope<DataOf<E>>
  /**
   * Moves one row between states: runs `update` when the machine allows it and notes the step. Answers `repeat` or `refuse`
   * without touching anything otherwise; a refusal is logged with its reason.
   */
  move<S extends string>(m: Machine<S>, from: S, to: S, update: Sql): Promise<Move>
  /** Inserts a row in a state: sends `insert` and notes the step. */
  begin<S extends string>(m: Machine<S>, state: S, insert: Sql): void
  /** Notes the step of a row that one statement wrote among others; that statement guards its own states. */
  step<S extends string>(m: Machine<S>, state: S): void
  /** This transaction on behalf of another context: what is published and noted here belongs to that one's flow. */
  for(ctx: Context): Tx
}

/** What a transaction has gathered for its end. */
export interface Gathered {
  readonly events: Envelope[]
}

/** Wraps an open transaction for business code. */
export function openTx(inner: Transaction, ctx: Context): { tx: Tx; gathered: Gathered } {
  const events: Envelope[] = []
  return { tx: txFor(inner, ctx, events), gathered: { events } }
}

function stepsOf(inner: Transaction, ctx: Context): (machine: string, state: string) => void {
  const steps: NewInteraction[] = []
  inner.onCommit(() => {
    for (const s of steps) ctx.note(s)
  })
  return (machine, state) => {
    steps.push({
      ...(ctx.stepKey === undefined ? {} : { id: `${ctx.stepKey}#${steps.length}` }),
      from: ctx.participant,
      to: ctx.participant,
      kind: 'step',
      name: `${machine}:${state}`,
      outcome: 'ok',
      at: ctx.now(),
      seq: ctx.tick(),
    })
  }
}

function txFor(inner: Transaction, ctx: Context, events: Envelope[]): Tx {
  const step = stepsOf(inner, ctx)
  return {
    ctx,
    many: (s) => inner.many(s),
    one: (s) => inner.one(s),
    maybe: (s) => inner.maybe(s),
    run: (s) => inner.run(s),
    write: (s) => inner.write(s),
    onCommit: (effect) => inner.onCommit(effect),
    for: (other) => txFor(inner, other, events),
    step: (m, state) => step(m.name, state),
    publish(definition, data) {
      checkEventData(definition, data)
      const envelope: Envelope<typeof data> = {
        id: ctx.env.ids.uuid(),
        type: definition.type,
        version: definition.version,
        source: definition.source,
        topic: definition.topic,
        key: String((data as Record<string, unknown>)[definition.key]),
        time: isoInstant(ctx.now()),
        data,
        headers: ctx.headers(),
      }
      events.push(envelope)
      return envelope
    },
    async move(m, from, to, update) {
      const decided = decideMove(m, from, to)
      if (decided !== 'move') {
        ctx.log.info({ machine: m.name, from, to, decided }, 'transition not made')
        return decided
      }
      const rows = await inner.run(update)
      if (rows !== 1) throw new Error(`${m.name}: ${from} → ${to} changed ${rows} rows`)
      step(m.name, to)
      return 'move'
    },
    begin(m, state, insert) {
      inner.write(insert)
      step(m.name, state)
    },
  }
}
