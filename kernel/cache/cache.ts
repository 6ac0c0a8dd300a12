// What was read a moment ago, kept so that the database need not be asked again. A cache is never the truth and never a reason to
// fail: without an answer from it the truth is loaded. Invariant: what was loaded before a change is not kept after it, whichever
// process made the change. A reader notes how the key stands before it loads, a drop changes that, and what was loaded is kept
// only if the key still stands so. Where the entries lie is one of two makes, in this process or in Redis. A crash between a
// commit and its drop leaves an entry until its time is over, so that time is a minute or less.

import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Logger } from '../observability/log.ts'
import type { Context } from '../service/context.ts'
import type { Tx } from '../service/tx.ts'

/** The lifeline of every cache, as the diagrams call it. */
const PARTICIPANT = 'Redis'

export interface SpaceDefinition<S extends TSchema> {
  /** `<service>.<what>`. */
  readonly name: string
  /** Of what is kept. An entry that does not fit, such as one of another release, is none. */
  readonly schema: S
  readonly ttlMs: number
  /** Its writes and drops are drawn where they belong to a flow. For what the documents draw, never for hot reads. */
  readonly drawn?: boolean
}

/** The entries of one kind. */
export interface Space<T> {
  /** What is kept under the key, else what `load` says. Nothing is kept of `undefined`. */
  through<Found extends T | undefined>(key: string, load: () => Promise<Found>): Promise<T | Found>
  /** What `load` says, kept from now on. */
  renew<Found extends T | undefined>(
    ctx: Context,
    key: string,
    load: () => Promise<Found>,
  ): Promise<Found>
  /** Drops the keys when the transaction is committed. */
  dropWith(tx: Tx, ...keys: readonly string[]): void
}

export interface Cache {
  space<S extends TSchema>(definition: SpaceDefinition<S>): Space<Static<S>>
  /** Hints to every process that something has changed. It may get lost, so it only saves the time until they look themselves. */
  tell(hint: string): void
  /** Also called when hints may have been lost. Answers how to stop hearing. */
  hear(hint: string, heard: () => void): () => void
}

/** How a key stood when it was read; what it is made of is the store's. */
export type Stand = unknown

export interface Reading {
  readonly text: string | undefined
  readonly stand: Stand
}

/** Where the entries of a space lie. Reads and writes may reject: then nothing is kept. */
export interface CacheStore {
  read(key: string): Promise<Reading>
  write(key: string, text: string, how: { stand: Stand; ttlMs: number }): Promise<void>
  /** Never fails: what cannot be dropped now is not read again before it was. */
  drop(keys: readonly string[]): void
}

export type ReadOutcome = 'hit' | 'miss' | 'error'

export interface CacheMake {
  store(space: string): CacheStore
  tell(hint: string): void
  hear(hint: string, heard: () => void): () => void
}

export interface CacheOptions {
  readonly make: CacheMake
  readonly log: Logger
  readonly onRead?: (space: string, outcome: ReadOutcome) => void
}

class OpenSpace<S extends TSchema> implements Space<Static<S>> {
  readonly #definition: SpaceDefinition<S>
  readonly #store: CacheStore
  readonly #options: CacheOptions
  readonly #fits: (value: unknown) => boolean

  constructor(definition: SpaceDefinition<S>, options: CacheOptions) {
    this.#definition = definition
    this.#options = options
    this.#store = options.make.store(definition.name)
    const checker = Compile(definition.schema)
    this.#fits = (value) => checker.Check(value)
  }

  async through<Found extends Static<S> | undefined>(
    key: string,
    load: () => Promise<Found>,
  ): Promise<Static<S> | Found> {
    const reading = await this.#read(key)
    const kept = this.#open(reading?.text)
    const { name } = this.#definition
    const outcome = kept !== undefined ? 'hit' : reading === undefined ? 'error' : 'miss'
    this.#options.onRead?.(name, outcome)
    if (kept !== undefined) return kept
    const found = await load()
    if (found !== undefined) await this.#keep(key, found, reading)
    return found
  }

  async renew<Found extends Static<S> | undefined>(
    ctx: Context,
    key: string,
    load: () => Promise<Found>,
  ): Promise<Found> {
    const reading = await this.#read(key)
    const found = await load()
    if (found === undefined) return found
    const call = this.#draw(ctx, 'put')
    const isKept = await this.#keep(key, found, reading)
    if (call !== undefined)
      ctx.note({
        ...{ from: PARTICIPANT, to: ctx.participant, kind: 'reply', parent: call },
        name: `put ${this.#definition.name}`,
        outcome: isKept ? 'ok' : 'unavailable',
      })
    return found
  }

  dropWith(tx: Tx, ...keys: readonly string[]): void {
    tx.onCommit(() => {
      this.#store.drop(keys)
      this.#draw(tx.ctx, 'drop')
    })
  }

  #draw(ctx: Context, verb: 'put' | 'drop'): string | undefined {
    if (this.#definition.drawn !== true) return undefined
    const name = `${verb} ${this.#definition.name}`
    return ctx.note({ from: ctx.participant, to: PARTICIPANT, kind: 'call', name, outcome: 'ok' })
  }

  async #read(key: string): Promise<Reading | undefined> {
    try {
      return await this.#store.read(key)
    } catch {
      return undefined
    }
  }

  #open(text: string | undefined): Static<S> | undefined {
    if (text === undefined) return undefined
    try {
      const value: unknown = JSON.parse(text)
      return this.#fits(value) ? (value as Static<S>) : undefined
    } catch {
      return undefined
    }
  }

  async #keep(key: string, value: unknown, reading: Reading | undefined): Promise<boolean> {
    if (reading === undefined) return false
    const { name, ttlMs } = this.#definition
    if (!this.#fits(value)) {
      this.#options.log.error(
        { space: name },
        'cache: a value does not fit its space and is not kept',
      )
      return false
    }
    try {
      await this.#store.write(key, JSON.stringify(value), { stand: reading.stand, ttlMs })
      return true
    } catch {
      return false
    }
  }
}

/** Opens a cache of the given make. */
export const openCache = (options: CacheOptions): Cache => ({
  space: (definition) => new OpenSpace(definition, options),
  tell: (hint) => options.make.tell(hint),
  hear: (hint, heard) => options.make.hear(hint, heard),
})
