// Sizes: what separates a pleasant code base from an unpleasant one is its largest file, not its median. A limit may be passed
// by name, with a reason and the present figure (allowed.ts); when the figure sinks, the allowance must sink with it.

import { type Allowance, allowances, LIMITS, type Measure } from './allowed.ts'
import { functionsOf } from './scan/functions.ts'
import { codeOf, count, type Finding, type Rule, type Tree } from './tree.ts'

interface Measured {
  readonly measure: Measure
  readonly of: string
  readonly figure: number
  readonly path: string
  readonly line: number
}

function measureFiles(tree: Tree): Measured[] {
  return codeOf(tree, 'files measured').flatMap((file): Measured[] => {
    const at = { path: file.path, line: 1 }
    const lines = file.text.trimEnd().split('\n').length
    const whole: Measured = { ...at, measure: 'file lines', of: file.path, figure: lines }
    if (!file.path.endsWith('.ts')) return [whole]
    const functions = functionsOf(file.text)
    count(tree, 'functions', functions.length)
    return [
      whole,
      ...functions.flatMap(({ name, line, lines: length, parameters }): Measured[] => {
        const where = { path: file.path, line, of: `${file.path}#${name}` }
        return [
          { ...where, measure: 'function lines', figure: length },
          { ...where, measure: 'parameters', figure: parameters },
        ]
      }),
    ]
  })
}

/** A test belongs to the file it tests and does not count beside it. */
const measureFolders = (tree: Tree): Measured[] =>
  [...tree.folders].map(([folder, entries]) => ({
    measure: 'folder entries',
    of: folder || '.',
    figure: entries.filter((name) => !/\.test\.tsx?$/.test(name)).length,
    path: folder || '.',
    line: 1,
  }))

function judge(measured: Measured, allowed: Allowance | undefined): string | undefined {
  const { measure, of, figure } = measured
  const limit = allowed?.limit ?? LIMITS[measure]
  if (figure > limit)
    return `${of} has ${figure} ${measure}, the limit is ${limit}: split it by what it does`
  return undefined
}

/** Allowances that have become looser than the truth, or name nothing. */
function ratchet(all: readonly Measured[], allowed: readonly Allowance[]): Finding[] {
  return allowed.flatMap((allowance): Finding[] => {
    const figures = all.filter((m) => m.measure === allowance.measure && m.of === allowance.of)
    const figure = Math.max(0, ...figures.map((m) => m.figure))
    if (figure === allowance.limit && figure > LIMITS[allowance.measure]) return []
    if (figure > allowance.limit) return []
    const better =
      figure > LIMITS[allowance.measure] ? `lower the limit to ${figure}` : 'remove the allowance'
    return [
      {
        rule: 'sizes',
        path: 'tools/tidy/allowed.ts',
        line: 1,
        message: `${allowance.of} has ${figure} ${allowance.measure} and is allowed ${allowance.limit}: ${better}`,
      },
    ]
  })
}

export const sizesWith =
  (allowed: readonly Allowance[]): Rule =>
  (tree) => {
    const all = [...measureFiles(tree), ...measureFolders(tree)]
    count(tree, 'folders', tree.folders.size)
    const tooLarge = all.flatMap((measured): Finding[] => {
      const allowance = allowed.find((a) => a.measure === measured.measure && a.of === measured.of)
      const message = judge(measured, allowance)
      return message === undefined
        ? []
        : [{ rule: 'sizes', path: measured.path, line: measured.line, message }]
    })
    return [...tooLarge, ...ratchet(all, allowed)]
  }

export const sizes: Rule = sizesWith(allowances)
