// Generates contracts/gen from the .proto files: buf and protoc-gen-es from node_modules, nothing from the network.

import { execFile } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))
const contracts = join(root, 'contracts')
const bin = join(root, 'node_modules', '.bin')

const buf = (...args: string[]) =>
  run(join(bin, 'buf'), args, {
    cwd: contracts,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  })

/** Writes `<into>/gen`; `into` is contracts/ itself unless a test compares. */
export async function generateProto(into: string = contracts): Promise<void> {
  await buf('generate', '--output', into, '--clean')
}

/** Throws with buf's list of complaints. */
export async function lintProto(): Promise<void> {
  await buf('lint')
}
