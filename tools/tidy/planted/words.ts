// Cheats against banned calls, forms and names.

import { type Cheat, inFeature } from './honest.ts'

export const BANNED: readonly Cheat[] = [
  inFeature(
    'the clock is read',
    'export const f = () => Date.now()\n',
    /Date\.now: ask the injected clock/,
  ),
  inFeature(
    'the time is made up',
    'export const f = () => new Date()\n',
    /new Date\(\): ask the injected clock/,
  ),
  inFeature('chance is used', 'export const f = () => Math.random()\n', /Math\.random: /),
  inFeature(
    'money is parsed as a float',
    'export const f = (x: string) => parseFloat(x)\n',
    /parseFloat: /,
  ),
  inFeature(
    'money becomes a number',
    'export const f = (amountMinor: bigint) => Number(amountMinor)\n',
    /Number\(\) on money/,
  ),
  inFeature(
    'the environment is read',
    'export const f = () => process.env.HOME\n',
    /process\.env: /,
  ),
  inFeature(
    'a file is named by its URL',
    "export const f = new URL('./x.ts', import.meta.url).pathname\n",
    /pathname of a file: /,
  ),
  inFeature('something is printed', 'export const f = () => console.log(1)\n', /console: /),
  inFeature(
    'a template hides a call',
    'export const f = () => `at ${Date.now()}`\n',
    /Date\.now: /,
  ),
  inFeature('a type is any', 'export const f = (x: any) => x\n', /any: use unknown/),
  inFeature('a list of any', 'export const f = (x: readonly any[]) => x\n', /any: use unknown/),
  inFeature('the compiler is silenced', `// @ts-${'ignore'}\nexport const f = 1\n`, /ts-ignore: /),
  inFeature('an export is the default', 'const x = 1\nexport default x\n', /default export: /),
  inFeature('a class is a manager', 'export class OrderManager {}\n', /vague name: /),
  {
    name: 'a test sleeps',
    files: {
      'services/orders/x.test.ts':
        'await new Promise((resolve) => setTimeout(resolve, 50))\nexport {}\n',
    },
    found: /sleep in a test/,
  },
  {
    name: 'a test pauses',
    files: {
      'services/orders/x.test.ts':
        'declare const pause: (ms: number) => Promise<void>\nawait pause(50)\nexport {}\n',
    },
    found: /sleep in a test/,
  },
  {
    name: 'a suite is skipped, and nobody says why',
    files: {
      'services/orders/x.test.ts':
        'declare const describe: { skip(f: () => void): void }\ndescribe.skip(() => undefined)\n',
    },
    found: /skipped without a reason/,
  },
  {
    name: 'a test is not done, and nobody says why',
    files: { 'services/orders/x.test.ts': 'export const options = { todo: true }\n' },
    found: /skipped without a reason/,
  },
  {
    name: 'a test runs alone',
    files: {
      'services/orders/x.test.ts':
        'declare const test: { only(f: () => void): void }\ntest.only(() => undefined)\n',
    },
    found: /test\.only/,
  },
  {
    name: 'a file is a drawer',
    files: { 'kernel/db/utils.ts': '// A drawer.\nexport const x = 1\n' },
    found: /a drawer/,
  },
  {
    name: 'a file gathers what two others have',
    files: {
      'kernel/db/all.ts':
        "// A barrel.\nexport { sql } from './sql.ts'\nexport { id } from '../pure/ids.ts'\n",
    },
    found: /a barrel/,
  },
  {
    name: 'a file is a barrel',
    files: { 'kernel/db/index.ts': "// A barrel.\nexport * from './sql.ts'\n" },
    found: /a barrel/,
  },
  {
    name: 'a file name is not kebab-case',
    files: { 'kernel/db/BigFile.ts': '// Shouts.\nexport const x = 1\n' },
    found: /kebab-case/,
  },
  {
    name: 'JSX on a server',
    files: { 'kernel/db/page.tsx': '// A page.\nexport const x = <p />\n' },
    found: /JSX lives in web\/ only/,
  },
]
export const UNSTRIPPABLE: readonly Cheat[] = [
  inFeature('an enum', 'export enum Color {\n  Red,\n}\n', /enum: use a union/),
  inFeature(
    'a namespace',
    'export namespace Money {\n  export const x = 1\n}\n',
    /namespace: a file is/,
  ),
]
