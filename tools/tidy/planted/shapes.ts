// Cheats against sizes, shapes and what must not stand in a file.

import { ALL, type Cheat, inFeature, lines, manifest } from './honest.ts'

export const OUT_OF_SHAPE: readonly Cheat[] = [
  inFeature('a file has 401 lines', lines(401, 'export {}'), /401 file lines/),
  inFeature(
    'a function has 71 lines',
    `export function long() {\n${lines(69, '  void 0')}}\n`,
    /long has 71 function lines/,
  ),
  inFeature(
    'an arrow function has 71 lines',
    `export const long = (): void => {\n${lines(69, '  void 0')}}\n`,
    /long has 71 function lines/,
  ),
  inFeature(
    'a method has 71 lines',
    `export class A {\n  long(): void {\n${lines(69, '    void 0')}  }\n}\n`,
    /long has 71 function lines/,
  ),
  inFeature(
    'a function has four parameters',
    'export const f = (a: number, b: { c: 1; d: 2 }, e = [1, 2], g?: string) => [a, b, e, g]\n',
    /f has 4 parameters/,
  ),
  {
    name: 'a folder has 13 entries',
    files: Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [
        `services/orders/features/f${i}.ts`,
        'export const x = 1\n',
      ]),
    ),
    found: /13 folder entries/,
  },
  {
    name: 'a service is too deep',
    files: { 'services/orders/features/deep/x.ts': 'export const x = 1\n' },
    found: /too deep/,
  },
  {
    name: 'a service lacks a file',
    files: {
      'services/wallets/package.json': manifest('@rialto/wallets', ALL),
      'services/wallets/README.md': '# W\n',
      'services/wallets/service.ts': 'export const w = { uses: [] }\n',
      'services/wallets/http.ts': 'export const x = 1\n',
      'services/wallets/store.ts': 'export const x = 1\n',
      'services/wallets/features/x.ts': 'export const x = 1\n',
      'services/wallets/migrations/0001-x.sql': 'select 1;\n',
    },
    found: /a service has errors\.ts/,
  },
  {
    name: 'migrations have a gap',
    files: { 'services/orders/migrations/0003-x.sql': 'select 1;\n' },
    found: /expected 0002/,
  },
  {
    name: 'a version is a range',
    files: {
      'flows/package.json': manifest('@rialto/flows', {
        '@rialto/contracts': '*',
        'fast-check': '^4.10.2',
      }),
    },
    found: /pin one exact version/,
  },
  {
    name: 'a kernel file does not say what it is for',
    files: { 'kernel/cheat.ts': 'export const x = 1\n' },
    found: /a kernel file starts with/,
  },
  {
    name: 'a lock file holds a download address',
    files: { 'package-lock.json': '{ "resolved": "https://host.invalid/a.tgz" }\n' },
    found: /a download address/,
  },
  inFeature(
    'a file holds a path of one machine',
    `export const x = '/${'ho'}me/somebody/data'\n`,
    /a path of one machine/,
  ),
  inFeature(
    'a promise has no number',
    `// ${'TO'}DO: later\nexport const x = 1\n`,
    /without an issue number/,
  ),
  {
    name: 'a link leads nowhere',
    files: { 'services/orders/README.md': '# orders\n\n[gone](store-of-old.ts)\n' },
    found: /leads nowhere/,
  },
  {
    name: 'a link names a line that is not there',
    files: { 'services/orders/README.md': '# orders\n\n[line](store.ts#L900)\n' },
    found: /has no #L900/,
  },
]
