// This process as a reader of the bus. It lives while its lease is renewed and its own connection holds the liveness lock.
// The lock goes with the connection, so a killed process's partitions are taken at once, a frozen one's after the lease.
// Both are only hints about who should work: what keeps two members apart is the epoch, checked in each transaction.

import pg from 'pg'
import { givingUp, SILENCE_MS } from '../db/pool.ts'

const LIVENESS = 1_380_076_877
export const LEASE_MS = 10_000
const RECONNECT_MS = 250

export interface Claimed {
  readonly grp: string
  readonly topic: number | null
  readonly part: number | null
  readonly cursor: bigint
  readonly epoch: bigint
  readonly attempt_to: bigint
  /** It was not given back: who had it is gone. */
  readonly orphaned: boolean
  /** Those that the share is about: all of the group that the same members read. */
  readonly topics: readonly number[]
  readonly share: number
}

export interface MemberOptions {
  readonly url: string
  readonly instance: string
  /** How long others leave a member in peace that they do not hear of, though its connection stands. */
  readonly leaseMs?: number
  /** Milliseconds of silence after which its connection is given up. */
  readonly silenceMs?: number
  readonly onLost?: () => void
}

export class Member {
  readonly id: number
  readonly #options: MemberOptions
  #client: pg.Client | undefined
  #closed = false

  private constructor(id: number, client: pg.Client, options: MemberOptions) {
    this.id = id
    this.#client = client
    this.#options = options
    this.#watch(client)
  }

  static async join(options: MemberOptions): Promise<Member> {
    const client = await connect(options)
    const { rows } = await client.query(
      `insert into bus.members (instance, lease_until) values ($1, clock_timestamp() + $2 * interval '1 ms') returning id`,
      [options.instance, options.leaseMs ?? LEASE_MS],
    )
    const { id } = rows[0] as { id: number }
    await client.query('select pg_advisory_lock($1, $2)', [LIVENESS, id])
    await client.query(
      `delete from bus.members m where lease_until < clock_timestamp() - interval '1 hour'
         and not exists (select from bus.cursors c where c.owner = m.id)`,
    )
    return new Member(id, client, options)
  }

  #watch(client: pg.Client): void {
    client.on('error', () => undefined)
    client.once('end', () => {
      if (this.#closed) return
      this.#client = undefined
      this.#options.onLost?.()
      void this.#rejoin()
    })
  }

  async #rejoin(): Promise<void> {
    while (!this.#closed && this.#client === undefined) {
      let client: pg.Client | undefined
      try {
        client = await connect(this.#options)
        await client.query('select pg_advisory_lock($1, $2)', [LIVENESS, this.id])
        this.#client = client
        this.#watch(client)
        await this.heartbeat()
      } catch {
        // The server may still have our old connection, and with it the lock: each try must give its own back.
        if (client !== this.#client) await client?.end().catch(() => undefined)
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS).unref())
      }
    }
  }

  async #query<Row>(text: string, values: unknown[]): Promise<Row[]> {
    if (this.#client === undefined)
      throw new Error('Connection terminated: the member is reconnecting')
    return (await this.#client.query(text, values)).rows as Row[]
  }

  /** Takes part in a group over these topics, and no others that the group has cursors of. */
  async enter(group: string, topics: readonly { id: number; partitions: number }[]): Promise<void> {
    for (const topic of topics)
      await this.#query(
        `insert into bus.cursors (grp, topic, part) select $1, $2, g from generate_series(0, $3::int - 1) g on conflict do nothing`,
        [group, topic.id, topic.partitions],
      )
    await this.#query(
      `insert into bus.member_groups (member, grp, topics) values ($1, $2, $3)
       on conflict (grp, member) do update set topics = excluded.topics`,
      [this.id, group, topics.map((topic) => topic.id)],
    )
  }

  /** Renews the lease. */
  async heartbeat(): Promise<void> {
    await this.#query(
      `update bus.members set lease_until = clock_timestamp() + $2 * interval '1 ms' where id = $1`,
      [this.id, this.#options.leaseMs ?? LEASE_MS],
    )
  }

  /** Claims a fair share of what nobody reads. */
  balance(): Promise<Claimed[]> {
    return this.#query<Claimed>('select * from bus.balance($1)', [this.id])
  }

  /** Lets go of all partitions of a group that are noted as ours but for these, which are read here. */
  async disown(
    group: string,
    read: readonly { readonly topic: number; readonly part: number }[],
  ): Promise<void> {
    await this.#query(
      `update bus.cursors c set owner = null where grp = $1 and owner = $2
         and not exists (select from unnest($3::smallint[], $4::smallint[]) r(topic, part) where r.topic = c.topic and r.part = c.part)`,
      [group, this.id, read.map((r) => r.topic), read.map((r) => r.part)],
    )
  }

  /** Lets go of a partition that this process no longer reads, so that it can be claimed anew. */
  async forget(group: string, topic: number, part: number): Promise<void> {
    await this.#query(
      'update bus.cursors set owner = null where grp = $1 and topic = $2 and part = $3 and owner = $4',
      [group, topic, part, this.id],
    )
  }

  /**
   * Sequences of the topics: how far each has been written. One that was never drawn from has the same last value as one drawn
   * from once; taken for the same, the first event of a topic would not be noticed by other processes until its second.
   */
  async ends(topics: readonly number[]): Promise<Map<number, bigint>> {
    if (topics.length === 0) return new Map()
    const text = topics
      .map(
        (id) =>
          `select ${id} as topic, case when is_called then last_value else 0 end as last_value from bus.off_${id}`,
      )
      .join(' union all ')
    const rows = await this.#query<{ topic: number; last_value: string | bigint }>(text, [])
    return new Map(rows.map((row) => [row.topic, BigInt(row.last_value)]))
  }

  /** Keeps segments and inbox partitions ahead of need, and drops what nobody needs: of each topic at most one segment a call. */
  async maintain(topics: readonly number[]): Promise<void> {
    for (const id of topics) {
      await this.#query('select bus.ensure_segments($1::smallint)', [id])
      await this.#query('select bus.drop_segment($1::smallint)', [id])
    }
    await this.#query('select bus.ensure_inbox()', [])
  }

  /** Drops the connection and with it the liveness lock, leaving the rows as they are. */
  async vanish(): Promise<void> {
    this.#closed = true
    await this.#client?.end()
  }

  /** Leaves; the partitions must have been given back before. */
  async leave(): Promise<void> {
    this.#closed = true
    try {
      await this.#query('delete from bus.members where id = $1', [this.id])
    } catch {
      // The lease runs out by itself.
    }
    await this.#client?.end()
  }
}

async function connect(options: MemberOptions): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'rialto-bus-member',
    ...givingUp(options.silenceMs ?? SILENCE_MS),
    ...({ pipeline: true } as object),
    connectionTimeoutMillis: 5_000,
    options: '-c statement_timeout=5000 -c lock_timeout=5000 -c jit=off',
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === 20 ? BigInt : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}
