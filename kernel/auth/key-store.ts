// Where the signing keys lie: one file a key in the data directory, sealed by the master key. Files
// appear whole and are never changed, so processes share the folder without a lock; of two that
// start at the same moment one makes the first key.

import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createDurable } from '../crypto/durable-file.ts'
import type { MasterKeys } from '../crypto/master-key.ts'
import { placeOf, seal, unseal } from '../crypto/seal.ts'
import type { Jwk } from './keys.ts'

/** A signing key with its private part. */
export interface StoredKey {
  readonly kid: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly privateJwk: Jwk
}

export interface KeyStore {
  /** All keys, oldest first. */
  load(): Promise<StoredKey[]>
  /** Keeps it only if there is no key yet: another process may have been first. */
  addFirst(key: StoredKey): Promise<void>
  add(key: StoredKey): Promise<void>
  remove(kid: string): Promise<void>
}

const PURPOSE = 'signing keys'
const FIRST = 'signing-first.json'
const NAME = /^signing-[A-Za-z0-9_-]+\.json$/

interface Content {
  readonly kid: string
  readonly created_at: number
  readonly kek_version: number
  readonly sealed: string
}

const byAge = (a: StoredKey, b: StoredKey): number =>
  a.createdAt - b.createdAt || (a.kid < b.kid ? -1 : 1)

/** Keeps the keys in this folder. */
export function fileKeyStore(folder: string, master: MasterKeys): KeyStore {
  const placeFor = (kid: string, createdAt: number): string =>
    placeOf(PURPOSE, kid, String(createdAt))

  const names = async (): Promise<string[]> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return (await readdir(folder)).filter((name) => NAME.test(name))
  }

  /** Undefined when another process has removed the file since the folder was listed. */
  const contentOf = async (name: string): Promise<Content | undefined> => {
    try {
      return JSON.parse(await readFile(join(folder, name), 'utf8')) as Content
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  const read = async (name: string): Promise<StoredKey[]> => {
    const content = await contentOf(name)
    if (content === undefined) return []
    const key = master.key(content.kek_version, PURPOSE)
    const place = placeFor(content.kid, content.created_at)
    const plain = unseal(key, Buffer.from(content.sealed, 'base64url'), place)
    const privateJwk = JSON.parse(plain.toString('utf8')) as Jwk
    return [{ kid: content.kid, createdAt: content.created_at, privateJwk }]
  }

  // A key that signed and is then lost to a power cut would log everybody out: on the disk first,
  // visible second.
  const write = async (name: string, { kid, createdAt, privateJwk }: StoredKey): Promise<void> => {
    const plain = Buffer.from(JSON.stringify(privateJwk), 'utf8')
    const key = master.key(master.version, PURPOSE)
    const content: Content = {
      kid,
      created_at: createdAt,
      kek_version: master.version,
      sealed: seal(key, plain, placeFor(kid, createdAt)).toString('base64url'),
    }
    await createDurable(join(folder, name), `${JSON.stringify(content)}\n`)
  }

  return {
    load: async () => (await Promise.all((await names()).map(read))).flat().sort(byAge),
    addFirst: (key) => write(FIRST, key),
    add: (key) => write(`signing-${key.kid}.json`, key),
    remove: async (kid) => {
      for (const name of await names())
        if ((await contentOf(name))?.kid === kid) await rm(join(folder, name), { force: true })
    },
  }
}

/** Keeps the keys in memory: for tests, and for one process that needs no more. */
export function memoryKeyStore(): KeyStore {
  const keys = new Map<string, StoredKey>()
  return {
    load: async () => [...keys.values()].sort(byAge),
    addFirst: async (key) => {
      if (keys.size === 0) keys.set(key.kid, key)
    },
    add: async (key) => {
      keys.set(key.kid, key)
    },
    remove: async (kid) => {
      keys.delete(kid)
    },
  }
}
