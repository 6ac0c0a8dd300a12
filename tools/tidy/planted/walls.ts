// Cheats over the walls: imports, clients, tables.

import { type Cheat, inFeature, KERNEL, manifest, ORDERS_CLIENT } from './honest.ts'

export const OVER_THE_WALL: readonly Cheat[] = [
  inFeature(
    'a service imports another by a relative path',
    "import { all } from '../../orders/store.ts'\nexport const x = all\n",
    /must not leave services\/payments/,
  ),
  inFeature(
    'a service imports another by its package',
    "import { orders } from '@rialto/orders/service.ts'\nexport const x = orders\n",
    /services meet only in contracts/,
  ),
  inFeature(
    'a service imports only a type of another',
    "import type { orders } from '@rialto/orders/service.ts'\nexport type X = typeof orders\n",
    /services meet only in contracts/,
  ),
  inFeature(
    'a service re-exports from another',
    "export { orders } from '@rialto/orders/service.ts'\nexport const x = 1\n",
    /services meet only in contracts/,
  ),
  inFeature(
    'a service imports another when it runs',
    "export const x = () => import('@rialto/orders/service.ts')\n",
    /services meet only in contracts/,
  ),
  inFeature(
    'a service names an import at run time',
    'export const x = (name: string) => import(`@rialto/${name}/service.ts`)\n',
    /import of a computed name/,
  ),
  {
    name: 'a page takes the machinery of a server',
    files: {
      'web/package.json': manifest('@rialto/web', KERNEL),
      'web/ui/page.tsx': "import { sql } from '@rialto/kernel/db/sql.ts'\nexport const x = sql\n",
    },
    found: /web may import only itself, kernel\/pure, contracts, flows/,
  },
  {
    name: 'a page reads files',
    files: {
      'web/package.json': manifest('@rialto/web', KERNEL),
      'web/ui/page.tsx': "import { readFileSync } from 'node:fs'\nexport const x = readFileSync\n",
    },
    found: /web is browser-safe/,
  },
  inFeature(
    'an import is not declared',
    "import { Kysely } from 'kysely'\nexport const x = Kysely\n",
    /kysely is not a dependency/,
  ),
  {
    name: 'the kernel imports contracts',
    files: {
      'kernel/cheat.ts':
        "// A cheat.\nimport { client } from '@rialto/contracts/catalog/client.ts'\nexport const x = client\n",
    },
    found: /kernel may import only .* this is contracts/,
  },
  {
    name: 'the pure kernel imports the rest of it',
    files: {
      'kernel/pure/cheat.ts':
        "// A cheat.\nimport { sql } from '../db/sql.ts'\nexport const x = sql\n",
    },
    found: /kernel\/pure may import only itself; this is kernel/,
  },
  {
    name: 'the pure kernel reads a file',
    files: {
      'kernel/pure/cheat.ts':
        "// A cheat.\nimport { readFileSync } from 'node:fs'\nexport const x = readFileSync\n",
    },
    found: /browser-safe/,
  },
  {
    name: 'contracts import the database',
    files: {
      'contracts/cheat.ts':
        "import { sql } from '@rialto/kernel/db/sql.ts'\nexport const x = sql\n",
    },
    found: /contracts may import only .* this is kernel/,
  },
  {
    name: 'flows import a service',
    files: {
      'flows/cheat.ts':
        "import { orders } from '@rialto/orders/service.ts'\nexport const x = orders\n",
    },
    found: /flows may import only .* this is services/,
  },
  inFeature(
    'a client is taken without uses',
    `import type { client } from '${ORDERS_CLIENT}'\nexport type X = typeof client\n`,
    /takes the client of orders/,
  ),
  {
    name: 'uses names a client that nobody takes',
    files: {
      'services/orders/service.ts':
        "import { client as prices } from '@rialto/contracts/catalog/client.ts'\nexport const orders = { uses: [prices] }\n",
    },
    found: /names catalog in uses/,
  },
  inFeature(
    'SQL reads another schema',
    "import { sql } from '@rialto/kernel/db/sql.ts'\nexport const x = sql`select 1 from orders.rows`\n",
    /names the schema of orders/,
  ),
  inFeature(
    'SQL quotes another schema',
    'import { sql } from \'@rialto/kernel/db/sql.ts\'\nexport const x = sql`select 1 from "orders".rows`\n',
    /names the schema of orders/,
  ),
  inFeature(
    'SQL in a plain string reads another schema',
    "export const x = 'select id from orders.rows'\n",
    /names the schema of orders/,
  ),
  inFeature(
    "a service writes the machinery's table",
    "import { sql } from '@rialto/kernel/db/sql.ts'\nexport const x = sql`delete from bus.log`\n",
    /machinery's schema bus/,
  ),
  {
    name: 'a migration refers to another schema',
    files: {
      'services/payments/migrations/0002-cheat.sql':
        'alter table payments.rows add foreign key (id) references orders.rows;\n',
    },
    found: /names the schema of orders/,
  },
  {
    name: 'the kernel knows a table of a service',
    files: { 'kernel/db/cheat.ts': "// A cheat.\nexport const x = 'select id from orders.rows'\n" },
    found: /names the schema of orders/,
  },
]
