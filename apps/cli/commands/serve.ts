import { processEnvironment } from '@rialto/kernel/config/environment.ts'
import { platformConfig } from '@rialto/kernel/config/platform.ts'
import { runServer } from '@rialto/server/run.ts'
import { type Command, readWords } from '../command.ts'

export const serve: Command = {
  name: 'serve',
  usage: 'serve [--json]',
  summary: 'runs the whole platform until it is stopped',
  async run(words) {
    const { values } = readWords(words)
    await runServer({ config: platformConfig(processEnvironment()), json: values.json === true })
    return true
  },
}
