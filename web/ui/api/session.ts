// Who is signed in, kept in the browser so that a reload and a second tab know it too. An access token lives minutes and is renewed
// before it ends by a refresh token that works once; tabs that renew at the same time get the same answer from the platform.

import type { getMe, logIn } from '@rialto/contracts/accounts/http.ts'
import type { SuccessOf } from '@rialto/kernel/pure/client.ts'
import { type Clock, SECOND } from '@rialto/kernel/pure/time.ts'

export type Person = SuccessOf<typeof getMe>

export interface Session {
  readonly token: string
  readonly expiresAtMs: number
  readonly refreshToken: string
  readonly user: Person
}

/** What a sign-in answers. */
export type Signed = SuccessOf<typeof logIn>

const KEY = 'rialto.session'
/** A token is not used any more when so little of it is left: the request would arrive too late. */
const MARGIN_MS = 15 * SECOND

/** Undefined: the session is over. Throws when nobody can say. */
export type Renew = (refreshToken: string) => Promise<Signed | undefined>

export class Sessions {
  readonly #storage: Storage
  readonly #clock: Clock
  readonly #key: string
  readonly #listeners = new Set<() => void>()
  #session: Session | undefined
  #renewing: Promise<string | undefined> | undefined
  /** Set by whoever can call the platform. */
  renew: Renew = async () => undefined

  /** Each page keeps a session of its own, so that one browser can be a buyer's and an operator's at once. */
  constructor(storage: Storage, clock: Clock, key: string = KEY) {
    this.#key = key
    this.#storage = storage
    this.#clock = clock
    this.#session = this.#read()
  }

  #read(): Session | undefined {
    try {
      return JSON.parse(this.#storage.getItem(this.#key) ?? 'null') ?? undefined
    } catch {
      return undefined
    }
  }

  readonly current = (): Session | undefined => this.#session

  /**
   * The last session was ended by the platform and not by its person, who is told why they have to sign in. Kept beside it: the
   * page may be loaded again before they do.
   */
  readonly hasRunOut = (): boolean => this.#storage.getItem(this.#runOutKey) !== null

  get #runOutKey(): string {
    return `${this.#key}.run-out`
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Another tab signed in or out. */
  readonly follow = (event: Pick<StorageEvent, 'key'>): void => {
    if (event.key !== this.#key && event.key !== null) return
    this.#session = this.#read()
    this.#tell()
  }

  signIn({
    access_token: token,
    expires_in: seconds,
    refresh_token: refreshToken,
    user,
  }: Signed): void {
    const expiresAtMs = this.#clock.now() + seconds * SECOND
    this.#session = { token, expiresAtMs, refreshToken, user }
    this.#storage.removeItem(this.#runOutKey)
    this.#storage.setItem(this.#key, JSON.stringify(this.#session))
    this.#tell()
  }

  signOut(): void {
    this.#end(false)
  }

  #end(hasRunOut: boolean): void {
    this.#session = undefined
    if (hasRunOut) this.#storage.setItem(this.#runOutKey, 'yes')
    else this.#storage.removeItem(this.#runOutKey)
    this.#storage.removeItem(this.#key)
    this.#tell()
  }

  /** A token that is good for a request, renewed when it must be; undefined when nobody is signed in any more. */
  async token(): Promise<string | undefined> {
    const session = this.#session
    if (session === undefined) return undefined
    return this.#isGood(session) ? session.token : this.renewed()
  }

  /** The same of a session that is kept here no more. */
  async tokenOf(session: Session): Promise<string | undefined> {
    return this.#isGood(session)
      ? session.token
      : (await this.renew(session.refreshToken))?.access_token
  }

  #isGood({ expiresAtMs }: Session): boolean {
    return expiresAtMs - this.#clock.now() > MARGIN_MS
  }

  /** Asks for a new token, once however many ask at the same time. */
  renewed(): Promise<string | undefined> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #renew(): Promise<string | undefined> {
    // Another tab may have renewed it meanwhile.
    const before = this.#session?.token
    this.#session = this.#read()
    const session = this.#session
    if (session === undefined || session.token !== before) return session?.token
    const signed = await this.renew(session.refreshToken)
    // Its person signed out meanwhile, or another tab has a newer one: that counts.
    if (this.#session !== session) return this.#session?.token
    if (signed === undefined) this.#end(true)
    else this.signIn(signed)
    return this.#session?.token
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
