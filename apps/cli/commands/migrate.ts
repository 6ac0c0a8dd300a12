import { migrate } from '@rialto/kernel/db/migrate.ts'
import { observerMigrations } from '@rialto/server/observer/service.ts'
import { services } from '@rialto/server/services.ts'
import { type Command, jsonLine, print, readWords } from '../command.ts'
import { onDatabase } from '../operator.ts'

export const migrateCommand: Command = {
  name: 'migrate',
  usage: 'migrate [--json]',
  summary: 'brings the database to what this version expects',
  async run(words) {
    const { values } = readWords(words)
    const result = await onDatabase(({ url, log }) =>
      migrate({ url, services: [...services, observerMigrations], log }),
    )
    if (values.json === true) print(jsonLine(result))
    else if (result.applied.length === 0) print('Nothing to do: the database is up to date.\n')
    else
      print(
        `Applied ${result.applied.length}: ${result.applied.join(', ')}\nRoles: ${result.roles}\n`,
      )
    return true
  },
}
