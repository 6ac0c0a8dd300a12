// Every event reaches every group that owes it an answer, once and in order (I5, I6).

import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { services } from '@rialto/server/services.ts'
import type { Rows } from './rows.ts'

interface Want {
  readonly group: string
  readonly type: string
  readonly when?: (event: Envelope) => boolean
}

/** Which group owes an answer to which type of event. The observer reads all. */
const WANTS: readonly Want[] = services.flatMap((service) => [
  ...service.handlers.map((h) => ({
    ...{ group: h.group ?? service.name, type: h.event.type },
    ...(h.when === undefined ? {} : { when: h.when }),
  })),
  ...(service.batches ?? []).flatMap(({ group, events, when }) =>
    events === 'all'
      ? []
      : events.map(({ type }) => ({ group, type, ...(when === undefined ? {} : { when }) })),
  ),
])

/** What cannot be read is wanted: somebody has to say so. */
function isWanted(when: (event: Envelope) => boolean, event: Envelope): boolean {
  try {
    return when(event)
  } catch {
    return true
  }
}

/** Each group's deliveries: event by event, a copy of an event counting as the event that it is a copy of. */
const DELIVERIES = `
  with wants as (select * from unnest($1::text[], $2::text[]) w(grp, type)),
  idle as (select * from unnest($3::text[], $4::uuid[]) i(grp, event_id)),
  events as (select topic, part, event_id, key, type, min(off) as off from bus.log group by 1, 2, 3, 4, 5),
  owed as (
    select w.grp, e.* from events e join wants w using (type)
     where not exists (select from idle i where i.grp = w.grp and i.event_id = e.event_id)
    union all select 'observer', e.* from events e)
  select o.*, i.handled_at, i.event_id is not null as handled,
         exists (select from bus.parked p where p.grp = o.grp and p.event_id = o.event_id and p.dead_at is not null)
           or exists (select from bus.discarded d where d.grp = o.grp and d.event_id = o.event_id) as dead,
         exists (select from bus.parked p where p.grp = o.grp and p.event_id = o.event_id and p.dead_at is null) as waiting
    from owed o left join bus.inbox i on i.consumer = o.grp and i.event_id = o.event_id`

/** Parameters of `DELIVERIES`: who wants which type, and the single events that a group has nothing to do with. */
async function owing(db: Rows): Promise<unknown[]> {
  const choosy = WANTS.filter((want) => want.when !== undefined)
  const { rows } = await db.query(
    `select distinct on (event_id) event_id as id, type, version, source, key, occurred_at as time, data, headers
       from bus.log where type = any($1)`,
    [choosy.map(({ type }) => type)],
  )
  const idle = choosy.flatMap(({ group, type, when = () => true }) =>
    rows
      .filter((row) => row.type === type && !isWanted(when, row as unknown as Envelope))
      .map(({ id }) => [group, id]),
  )
  return [
    ...[WANTS.map(({ group }) => group), WANTS.map(({ type }) => type)],
    ...[idle.map(([group]) => group), idle.map(([, id]) => id)],
  ]
}

/** I5: published = handled + dead + parked, none twice. */
export async function judgeDeliveries(db: Rows) {
  const { rows } = await db.query(
    `with all_of_them as materialized (
       select *, handled::int + dead::int + waiting::int as states from (${DELIVERIES}) d),
     bad as (select * from all_of_them where states <> 1 or waiting)
     select null as grp, null as type, null as event_id, null as states, null as waiting,
            count(*)::int as owed, count(*) filter (where handled)::int as handled, count(*) filter (where dead)::int as dead
       from all_of_them
     union all
     select grp, type, event_id, states, waiting, null, null, null from bad`,
    await owing(db),
  )
  const counts = rows.find((row) => row.grp === null)
  const found = rows.flatMap(({ grp, type, event_id, states, waiting }) => {
    if (grp === null) return []
    const what =
      states === 0 ? 'was lost' : waiting === true ? 'still waits' : 'was handled and set aside'
    return [`I5 ${String(type)} ${String(event_id)} ${what} at ${String(grp)}`]
  })
  const count = (of: string): number => Number(counts?.[of] ?? 0)
  return { found, owed: count('owed'), handled: count('handled'), dead: count('dead') }
}

/**
 * I6: per group and key, in the order of the log. What an operator has sent on was set aside first: a group that passes over dead
 * letters has gone on meanwhile.
 */
export async function judgeOrder(db: Rows, sentOn: ReadonlySet<string>): Promise<string[]> {
  const { rows } = await db.query(
    `select * from (
       select grp, key, type, event_id, handled_at,
              lag(handled_at) over w as before_at, lag(type) over w as before_type,
              lag(event_id) over w as before_id
         from (${DELIVERIES}) d where handled window w as (partition by grp, topic, key order by off)) o
      where handled_at < before_at`,
    await owing(db),
  )
  return rows
    .filter((r) => !sentOn.has(String(r.before_id)))
    .map(
      (r) =>
        `I6 ${String(r.grp)} handled ${String(r.type)} of ${String(r.key)} before ${String(r.before_type)}`,
    )
}

/** What a purchase tells the world, told once of each thing; late money is no payment of its order. Copies that a test published have `copy` in their headers. */
const ONCE: Readonly<Record<string, string>> = {
  'order.created': 'order_id',
  'order.payment.initiation.requested.v1': 'order_id',
  'order.completed': 'order_id',
  'order.processing.completed.v1': 'order_id',
  'order.fulfilled': 'order_id',
  'payment.completed': 'order_id',
  'payment.refunded': 'payment_id',
  'library.game.added.v1': 'line_id',
  'payment.fiscal.receipt.status.updated.v1': 'receipt_id',
  'notification.message.status.updated.v1': 'message_id',
  'developer.balance.updated.v1': 'transaction_item_id',
}

export async function judgeEffects(db: Rows): Promise<string[]> {
  const { rows } = await db.query(
    `select concat_ws(' ', data->>o.field, data->>'reason') as about, type, count(distinct event_id)::int as times
       from bus.log join unnest($1::text[], $2::text[]) o(type, field) using (type)
      where not headers ? 'copy' and not (type = 'payment.completed' and (data->>'late')::boolean) group by 1, 2 having count(distinct event_id) <> 1`,
    [Object.keys(ONCE), Object.values(ONCE)],
  )
  return rows.map(
    (r) => `I5 ${String(r.type)} was published ${String(r.times)} times for ${String(r.about)}`,
  )
}
