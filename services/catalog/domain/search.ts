// What a person types, as a query of `to_tsquery`: every word must begin a word of the product, so that a search may stop half-way.

const WORDS_MAX = 10

/** Null when there is no word in it, which is no filter. */
export function searchOf(typed: string | undefined): string | null {
  const words = (typed ?? '').toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return words.length === 0
    ? null
    : words
        .slice(0, WORDS_MAX)
        .map((word) => `${word}:*`)
        .join(' & ')
}
