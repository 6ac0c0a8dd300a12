// The trail in MongoDB. The driver is loaded when a server is named, and connects when it is first needed: a MongoDB that is away
// keeps nobody from starting. Whatever says nothing about the entries themselves is `Unavailable`: the group waits, and spends no
// attempt on an outage.

import type { Logger } from '@rialto/kernel/observability/log.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import type { Collection, Filter, MongoClientOptions } from 'mongodb'
import type { Entry } from '../domain/entry.ts'
import { type Question, subjectField, type Trail } from './trail.ts'

interface Document extends Omit<Entry, 'entryId' | 'at'> {
  readonly _id: string
  readonly at: Date
}

const DATABASE = 'rialto'
const COLLECTION = 'audit_entries'
const DUPLICATE_KEY = 11_000

/** The cursor moves on what was acknowledged, so an acknowledgement has to outlive a failover and a power cut. */
const OPTIONS: MongoClientOptions = {
  appName: 'rialto-audit',
  writeConcern: { w: 'majority', journal: true },
  serverSelectionTimeoutMS: 3_000,
  connectTimeoutMS: 3_000,
  socketTimeoutMS: 10_000,
  maxPoolSize: 4,
}

const documentOf = ({ entryId, at, ...rest }: Entry): Document => ({
  _id: entryId,
  at: new Date(at),
  ...rest,
})

const entryOf = ({ _id, at, ...rest }: Document): Entry => ({
  entryId: _id,
  at: at.getTime(),
  ...rest,
})

function filterOf({ actor, subject, type, from, to, after }: Question): Filter<Document> {
  const conditions: Filter<Document>[] = []
  if (actor !== undefined) conditions.push({ actorId: actor })
  if (subject !== undefined) conditions.push({ [subjectField(subject)]: subject })
  if (type !== undefined) conditions.push({ type })
  if (from !== undefined) conditions.push({ at: { $gte: new Date(from) } })
  if (to !== undefined) conditions.push({ at: { $lt: new Date(to) } })
  if (after !== undefined) {
    const at = new Date(after.at)
    conditions.push({ $or: [{ at: { $lt: at } }, { at, _id: { $lt: after.entryId } }] })
  }
  return conditions.length === 0 ? {} : { $and: conditions }
}

/** What is asked for by hand is found by an index, newest first. */
const makeIndexes = (entries: Collection<Document>): Promise<unknown> =>
  entries.createIndexes([
    { key: { at: -1, _id: -1 } },
    { key: { orderId: 1, at: -1 } },
    { key: { userId: 1, at: -1 } },
    { key: { actorId: 1, at: -1 } },
    { key: { subject: 1, at: -1 } },
    { key: { type: 1, at: -1 } },
  ])

type Driver = typeof import('mongodb')

/** Told of every answer and every failure, it says once that an outage began and once that it is over. */
class Outage {
  readonly #log: Logger
  #isOn = false

  constructor(log: Logger) {
    this.#log = log
  }

  on(error: unknown): void {
    if (!this.#isOn)
      this.#log.warn({ err: error }, 'audit: MongoDB does not answer; entries wait in the log')
    this.#isOn = true
  }

  over(): void {
    if (this.#isOn) this.#log.info({}, 'audit: MongoDB answers again')
    this.#isOn = false
  }
}

/** Whether a failure says something about the documents; all others are about the server, the way to it or its settings. */
function isAboutDocuments(driver: Driver, error: unknown): boolean {
  const { MongoBulkWriteError, MongoError, MongoInvalidArgumentError } = driver
  if (error instanceof MongoBulkWriteError) return [error.writeErrors].flat().length > 0
  return !(error instanceof MongoError) || error instanceof MongoInvalidArgumentError
}

/** Inserts what is not there yet; answers the ids of what is. */
async function insert(
  driver: Driver,
  entries: Collection<Document>,
  documents: Document[],
): Promise<ReadonlySet<string>> {
  try {
    await entries.insertMany(documents, { ordered: false })
    return new Set()
  } catch (error) {
    const failures = error instanceof driver.MongoBulkWriteError ? [error.writeErrors].flat() : []
    if (failures.length === 0 || failures.some((failure) => failure.code !== DUPLICATE_KEY))
      throw error
    return new Set(failures.map((failure) => documents[failure.index]?._id ?? ''))
  }
}

export async function mongoTrail(url: string, log: Logger): Promise<Trail> {
  const driver = await import('mongodb')
  const client = new driver.MongoClient(url, OPTIONS)
  const isNamed = /^[^:]+:\/\/[^/]+\/[^?]/.test(url)
  const database = client.db(isNamed ? undefined : DATABASE)
  const entries = database.collection<Document>(COLLECTION)
  const outage = new Outage(log)
  let indexed: Promise<unknown> | undefined

  /**
   * Connected and indexed, once between two outages: what comes back may be another server, and empty. Connecting is said, though
   * the driver would do it by itself: it would never again after a first connection that failed.
   */
  const ready = (): Promise<unknown> => {
    indexed ??= client.connect().then(() => makeIndexes(entries))
    return indexed
  }
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      await ready()
      const answer = await work()
      outage.over()
      return answer
    } catch (error) {
      if (isAboutDocuments(driver, error)) throw error
      indexed = undefined
      outage.on(error)
      throw new Unavailable('MongoDB does not answer', { cause: error })
    }
  }
  return {
    keep: (all) =>
      asked(async () => {
        const documents = all.map(documentOf)
        const known = await insert(driver, entries, documents)
        if (known.size === 0) return
        await entries.bulkWrite(
          documents
            .filter(({ _id }) => known.has(_id))
            .map(({ _id, ...replacement }) => ({ replaceOne: { filter: { _id }, replacement } })),
          { ordered: false },
        )
      }),
    find: (question) =>
      asked(async () => {
        const order = { at: -1, _id: -1 } as const
        const found = entries.find(filterOf(question)).sort(order).limit(question.limit)
        return (await found.toArray()).map(entryOf)
      }),
    close: () => client.close(),
  }
}
