// A small tree that breaks no house rule, into which cheats are planted.

export type Files = Readonly<Record<string, string>>

export const manifest = (name: string, dependencies: Files = {}): string =>
  JSON.stringify({ name, dependencies })
export const KERNEL = { '@rialto/kernel': '*' }
export const ALL = { ...KERNEL, '@rialto/contracts': '*' }

export const service = (name: string, uses: string, extra: Files = {}): Files =>
  Object.fromEntries(
    Object.entries({
      'package.json': manifest(`@rialto/${name}`, ALL),
      'README.md': `# ${name}\n\n[manifest](service.ts)\n`,
      'service.ts': `export const ${name} = { name: '${name}', uses: ${uses} }\n`,
      'http.ts': 'export const features = []\n',
      'errors.ts': 'export const table = {}\n',
      'store.ts': `import { sql } from '@rialto/kernel/db/sql.ts'\nexport const all = () => sql\`select id from ${name}.rows\`\n`,
      'migrations/0001-tables.sql': `create table ${name}.rows (id text primary key);\n`,
      'features/read.ts': "import { all } from '../store.ts'\nexport const read = () => all()\n",
      ...extra,
    }).map(([path, text]) => [`services/${name}/${path}`, text]),
  )

export const HONEST: Files = {
  'package.json': manifest('root', { typescript: '7.0.2' }),
  'package-lock.json': '{ "packages": { "node_modules/pg": { "version": "8.23.1" } } }\n',
  'README.md': '# The whole\n\n[payments](services/payments/README.md#payments)\n',
  'kernel/package.json': manifest('@rialto/kernel', { pg: '8.23.1' }),
  'kernel/pure/ids.ts': '// Ids.\nexport const id = 1\n',
  'kernel/db/sql.ts': "// SQL.\nimport pg from 'pg'\nexport const sql = pg\n",
  'kernel/migrations/0001-bus.sql': 'create table bus.log (id bigint);\n',
  'contracts/package.json': manifest('@rialto/contracts', KERNEL),
  'contracts/catalog/client.ts':
    "import { id } from '@rialto/kernel/pure/ids.ts'\nexport const client = id\n",
  'flows/package.json': manifest('@rialto/flows', { '@rialto/contracts': '*' }),
  'flows/purchase.ts':
    "export { client as who } from '@rialto/contracts/catalog/client.ts'\nexport const one = 1\n",
  ...service('catalog', '[]'),
  ...service('orders', '[]'),
  ...service('payments', '[client]', {
    'service.ts':
      "import { client } from '@rialto/contracts/catalog/client.ts'\nexport const payments = { uses: [client] }\n",
    'features/pay.ts':
      "import type { client } from '@rialto/contracts/catalog/client.ts'\nexport type Price = typeof client\n",
  }),
}

export interface Cheat {
  readonly name: string
  readonly files: Files
  readonly found: RegExp
}

export const lines = (count: number, line: string): string =>
  `${Array(count).fill(line).join('\n')}\n`
export const ORDERS_CLIENT = '@rialto/contracts/orders/client.ts'
export const feature = 'services/payments/features/cheat.ts'
export const inFeature = (name: string, text: string, found: RegExp): Cheat => ({
  name,
  files: { [feature]: text },
  found,
})
