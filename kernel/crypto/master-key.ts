// The keys above all keys. They encrypt only other keys, so that a new master key re-encrypts a few
// bytes a user and no data. Each has a version that is written beside what it sealed; the first one
// given seals, the others still open until all is rewrapped. So a new key is first made known to
// every process, behind the old one, and seals only when all can open what it sealed. Lost master keys are lost data: the
// generated file is written through to the disk before its first use, and of two processes that
// generate at the same moment one wins and both use the winner's.

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BadSettings } from '../config/settings.ts'
import { createDurable } from './durable-file.ts'
import { deriveKey, KEY_BYTES } from './seal.ts'

export interface MasterKeys {
  /** Version that seals from now on: the first one given. */
  readonly version: number
  /** Key of a version for one purpose. Throws when the version is not configured any more. */
  key(version: number, purpose: string): Buffer
}

/** Not the master keys of this database; the message is for the operator. */
export class WrongMasterKey extends Error {}

/**
 * Reads `MASTER_KEY`: base64 of 32 bytes, or during a rotation `2:<base64>,1:<base64>`. Never
 * repeats the text in an error.
 */
export function parseMasterKeys(text: string): MasterKeys {
  const roots = new Map<number, Buffer>()
  for (const part of text.trim().split(',')) {
    const match = /^(?:([1-9]\d{0,5}):)?([A-Za-z0-9+/]{43}=)$/.exec(part.trim())
    if (match === null)
      throw new BadSettings([
        'MASTER_KEY: expected base64 of 32 bytes, or 2:<base64>,1:<base64> while rotating',
      ])
    const version = Number(match[1] ?? '1')
    if (roots.has(version)) throw new BadSettings([`MASTER_KEY: version ${version} is given twice`])
    roots.set(version, Buffer.from(match[2] ?? '', 'base64'))
  }
  const derived = new Map<string, Buffer>()
  return {
    version: [...roots.keys()][0] ?? 1,
    key(version, purpose) {
      const name = `${version} ${purpose}`
      let key = derived.get(name)
      if (key === undefined) {
        const root = roots.get(version)
        if (root === undefined)
          throw new WrongMasterKey(
            `MASTER_KEY: version ${version} sealed what is kept here and is not configured`,
          )
        key = deriveKey(root, `rialto ${purpose}`)
        derived.set(name, key)
      }
      return key
    },
  }
}

/** The configured master keys, or those of this data directory, generated at first use. */
export async function openMasterKeys(options: {
  readonly configured?: string | undefined
  readonly dataDir: string
}): Promise<MasterKeys> {
  if (options.configured !== undefined) return parseMasterKeys(options.configured)
  const path = join(options.dataDir, 'keys', 'master.key')
  try {
    return parseMasterKeys(await readFile(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await createDurable(path, `1:${randomBytes(KEY_BYTES).toString('base64')}\n`)
  return parseMasterKeys(await readFile(path, 'utf8'))
}
