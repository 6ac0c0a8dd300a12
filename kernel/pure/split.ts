// Dividing an amount so that nothing is lost and nothing is made: the parts always sum to the
// whole. Largest remainder: each part gets its exact share rounded down, and the units left over go
// to the largest remainders, ties to the earlier part, so that the same input gives the same parts
// in every process, for ever (receipts are computed again years later).

import type { Money } from './money.ts'

/**
 * Splits minor units by weights. Every part is within one unit of its exact share; a part of weight
 * zero gets nothing.
 */
export function splitMinor(minor: bigint, weights: readonly bigint[]): bigint[] {
  if (weights.some((w) => w < 0n)) throw new RangeError('a weight below zero')
  const whole = weights.reduce((sum, w) => sum + w, 0n)
  if (whole === 0n) throw new RangeError('no weight above zero to split by')
  const magnitude = minor < 0n ? -minor : minor
  const parts = weights.map((weight) => (magnitude * weight) / whole)
  const remainders = weights.map((weight, index) => ({ index, rest: (magnitude * weight) % whole }))
  remainders.sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1))
  const left = magnitude - parts.reduce((sum, part) => sum + part, 0n)
  // Fewer units are left than there are parts with a remainder, so a part of weight zero is never
  // reached.
  for (const { index } of remainders.slice(0, Number(left)))
    parts[index] = (parts[index] ?? 0n) + 1n
  return minor < 0n ? parts.map((part) => -part) : parts
}

/** Splits an amount by weights, such as a discount over the lines of an order. */
export const split = ({ minor, currency }: Money, weights: readonly bigint[]): Money[] =>
  splitMinor(minor, weights).map((part) => ({ minor: part, currency }))
