// `rialto sandbox` of a fleet, which ends when its standard input does.

import { sandbox } from '../commands/sandbox.ts'

process.stdin.on('close', () => process.exit(4))
process.stdin.resume()

await sandbox.run(['--json'])
