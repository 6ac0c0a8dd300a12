import { processEnvironment } from '@rialto/kernel/config/environment.ts'
import { startServer } from '@rialto/server/run.ts'
import { type Command, readWords, textOf } from '../command.ts'

const HELP = `rialto serve [--services a,b] [--json]

Runs the platform until it is stopped (Ctrl-C or SIGTERM). Without --services all of it runs in this process, with a database
and sandboxes of its own where none are configured.

--services names the services of this process; the others run in processes of their own, on the same DATABASE_URL and with the
same MASTER_KEY. Names are those of services/, and "gateway" and "observer". SERVICES says the same in the environment.

  SERVICE_URLS   where the services are that those here call: accounts=http://a:4100,orders=http://b:4100,orders=http://c:4100
                 (a service that runs twice is named twice). The gateway calls all that have routes.
  RPC_URLS       the same for gRPC: catalog=http://a:4200
  INTERNAL_PORT  port of the internal door: typed calls, /health/live, /health/ready, /metrics
  RPC_PORT       port of gRPC
  DRAIN_NOTICE   how long requests are still taken after SIGTERM, while others take over

docs/configuration.md has every setting.
`

export const serve: Command = {
  name: 'serve',
  usage: 'serve [--services a,b] [--json]',
  summary: 'runs the platform, or some of its services, until stopped',
  help: HELP,
  stays: true,
  async run(words) {
    const { values } = readWords(words, { options: { services: { type: 'string' } } })
    const services = textOf(values.services)
    const named = services === undefined ? {} : { SERVICES: services }
    await startServer({ ...processEnvironment(), ...named }, values.json === true)
    return true
  },
}
