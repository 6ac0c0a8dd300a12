import { openMasterKeys } from '@rialto/kernel/crypto/master-key.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { systemIds } from '@rialto/kernel/host/ids.ts'
import { type KeyHolder, keysHeld, rotateKeys } from '@rialto/kernel/host/rotation.ts'
import { type Command, jsonLine, print, runVerb, type Values } from '../command.ts'
import { asOperator } from '../operator.ts'

/** With the keys of the platform in DATA_DIR or at DATABASE_URL. */
const withKeys = <T>(work: (holder: KeyHolder) => Promise<T>): Promise<T> =>
  asOperator(async ({ pool, config }) => {
    const { dataDir, masterKey } = config
    const master = await openMasterKeys({ configured: masterKey, dataDir })
    return work({ pool, master, clock: systemClock, ids: systemIds(systemClock) })
  })

async function list({ json }: Values): Promise<boolean> {
  const held = await withKeys(keysHeld)
  if (json === true) print(jsonLine(held))
  else {
    for (const { version, data_keys, signing_keys } of held.sealed)
      print(
        `master key ${version} seals ${data_keys} keys of data and ${signing_keys} signing keys${version === held.seals ? '' : ': rotate before it is taken out of MASTER_KEY'}\n`,
      )
    for (const kid of held.published)
      print(`signing key ${kid}${kid === held.signs ? ' signs' : ''}\n`)
  }
  return true
}

async function rotate({ json }: Values): Promise<boolean> {
  const rotated = await withKeys(rotateKeys)
  if (json === true) print(jsonLine(rotated))
  else {
    const { signing_key, rewrapped, resealed } = rotated
    print(`Tokens are signed by ${signing_key} in two minutes; nobody is logged out.\n`)
    print(`${rewrapped} keys of data and ${resealed} signing keys were sealed anew.\n`)
  }
  return true
}

export const keys: Command = {
  name: 'keys',
  usage: 'keys list | rotate [--json]',
  summary: 'keys of tokens and of encrypted fields: look, replace',
  run: (words) => runVerb(words, { list: { run: list }, rotate: { run: rotate } }),
}
