// The idempotency key of one thing that a person does. It is kept until the outcome is known, over reloads too: a press that was
// repeated, because no answer came or the page was closed, is the same press to the platform.

import { asFailure } from './failure.ts'

const PREFIX = 'rialto.key.'

export interface KeyStore {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export interface ActionKeys {
  readonly storage: KeyStore
  readonly uuid: () => string
}

/** A press of this name has no known outcome yet. */
export const isKept = ({ storage }: Pick<ActionKeys, 'storage'>, name: string): boolean =>
  storage.getItem(PREFIX + name) !== null

/** Runs what a person asked for under its key. `name` says what it is: the same name is the same wish. */
export async function underKey<T>(
  { storage, uuid }: ActionKeys,
  name: string,
  run: (key: string) => Promise<T>,
): Promise<T> {
  const place = PREFIX + name
  const key = storage.getItem(place) ?? uuid()
  storage.setItem(place, key)
  try {
    const answer = await run(key)
    storage.removeItem(place)
    return answer
  } catch (error) {
    // A refusal is an outcome; the next press is a new wish. Anything else may have happened.
    const failure = asFailure(error)
    if (failure !== undefined && !failure.isPassing) storage.removeItem(place)
    throw error
  }
}
