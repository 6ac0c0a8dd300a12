import { processEnvironment } from '@rialto/kernel/config/environment.ts'
import { startServer } from '@rialto/server/run.ts'
import { type Command, readWords } from '../command.ts'

export const serve: Command = {
  name: 'serve',
  usage: 'serve [--json]',
  summary: 'runs the whole platform until it is stopped',
  async run(words) {
    const { values } = readWords(words)
    await startServer(processEnvironment(), values.json === true)
    return true
  },
}
