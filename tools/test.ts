// The whole proof in one command: types, lint, dead code, and every *.test.ts, a few files at a time, on one throw-away PostgreSQL.
// `npm test`, or `node tools/test.ts <part of a path>…` for some files. PROOF=full runs full rounds; REQUIRE_REAL=1 turns every
// test skipped for want of a real server, or for a reason that the runner does not know, into a failure. Ends with the line of counts and exits non-zero on any failure.

import { readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { COMPILED } from '../kernel/config/compile-cache.ts'
import { startTestCluster } from '../kernel/testing/database.ts'
import { CHECKS, checkTestFiles, runCheck } from './test/checks.ts'
import { runTestFile, type Surroundings } from './test/file.ts'
import { print, printFailures, printProgress, printSkipped } from './test/print.ts'
import { countLine, type FileResult, isGreen, runPassed, strictly, tally } from './test/result.ts'
import { judgeSpec, readShown, reportSpec, shownFile } from './test/spec.ts'

const root = join(import.meta.dirname, '..')
const full = process.env.PROOF === 'full'
const requireReal = process.env.REQUIRE_REAL === '1'
const MINUTE_MS = 60_000
const RUN_MS = (full ? 80 : 10) * MINUTE_MS
const FILE_MS = (full ? 50 : 5) * MINUTE_MS
/**
 * Whole-system files at once, and some of the others beside them: those wait more than they work. Full rounds are heavier, and have the
 * time.
 */
const HEAVY_AT_ONCE = full ? 2 : 3
const LIGHT_AT_ONCE = 1

const SKIPPED = new Set([
  'node_modules',
  '.git',
  '.deploy',
  '.rialto',
  '.kafka',
  '.mongo',
  'test-results',
  'dist',
])

function findTests(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : findTests(path)
    return entry.name.endsWith('.test.ts') ? [relative(root, path)] : []
  })
}

const needsDatabase = (path: string): boolean =>
  path.endsWith('.db.test.ts') || path.startsWith('tests/')

const isHeavy = (path: string): boolean => path.startsWith('tests/')

/** Long ones first, so that the run does not end with one file and an idle core. */
const order = (path: string): string =>
  `${path.startsWith('tests/') ? 0 : needsDatabase(path) ? 1 : 2}${path}`

type Work = () => Promise<FileResult>

/**
 * A browser shares the machine with all that it looks at, and what it waits for may come too late. So its file may be run once
 * more; both runs are told. Nothing else is: a proof of money that fails now and then has found something.
 */
async function runPatiently(file: string, around: Surroundings): Promise<FileResult> {
  const first = await runTestFile(file, around)
  if (isGreen(first) || !file.startsWith('tests/browser/')) return first
  printProgress(first)
  print(`${file} is run once more`)
  return runTestFile(file, around)
}

/** Runs all, a few at a time, and answers in the order of their ends. Who is done with the heavy ones helps with the light ones. */
async function runAll(
  { heavy, light }: { readonly heavy: readonly Work[]; readonly light: readonly Work[] },
  ended: (result: FileResult) => void,
): Promise<FileResult[]> {
  const waiting = { heavy: [...heavy], light: [...light] }
  const results: FileResult[] = []
  const lane = async (take: () => Work | undefined): Promise<void> => {
    for (let next = take(); next !== undefined; next = take()) {
      const result = strictly(await next(), requireReal)
      results.push(result)
      ended(result)
    }
  }
  const either = () => waiting.heavy.shift() ?? waiting.light.shift()
  await Promise.all([
    ...Array.from({ length: HEAVY_AT_ONCE }, () => lane(either)),
    ...Array.from({ length: LIGHT_AT_ONCE }, () => lane(() => waiting.light.shift())),
  ])
  return results
}

async function main(filters: readonly string[]): Promise<boolean> {
  const chosen = (name: string): boolean =>
    filters.length === 0 || filters.some((f) => name.includes(f))
  const files = findTests(root)
    .filter(chosen)
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
  const stop = new AbortController()
  const limit = setTimeout(() => stop.abort(), RUN_MS)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const spec = shownFile(root)
  const cluster = files.some(needsDatabase) ? await startTestCluster() : undefined
  const around: Surroundings = {
    root,
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: COMPILED,
      SPEC_SHOWN: spec,
      ...(cluster === undefined ? {} : { TEST_PG_URL: cluster.url }),
    },
    timeoutMs: FILE_MS,
    signal: stop.signal,
    tell: print,
  }
  try {
    const checks = CHECKS.filter((check) => chosen(check.name)).map(
      (check) => () => runCheck(check, around),
    )
    const workOf = (some: readonly string[]): Work[] =>
      some.map((file) => () => runPatiently(file, around))
    const heavy = [...checks, ...workOf(files.filter(isHeavy))]
    const light = workOf(files.filter((file) => !isHeavy(file)))
    const results = await runAll({ heavy, light }, printProgress)
    const found = filters.length === 0 ? readShown(spec) : undefined
    const whole =
      found === undefined ? [] : [checkTestFiles(files.length), judgeSpec(found, requireReal)]
    for (const result of whole) printProgress(result)
    results.push(...whole)
    printSkipped(results)
    printFailures(results)
    if (found !== undefined) reportSpec(root, found)
    const counts = tally(results)
    if (stop.signal.aborted)
      print(`The run was ended before its time or after ${RUN_MS / MINUTE_MS} min.`)
    print(countLine(counts))
    return runPassed(counts) && !stop.signal.aborted
  } finally {
    clearTimeout(limit)
    rmSync(spec, { force: true })
    await cluster?.stop()
  }
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
