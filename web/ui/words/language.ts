// The languages of the pages. The choice is the person's, kept in the browser; before it, the browser's own.

export const LANGUAGES = ['ru', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

export const isLanguage = (text: unknown): text is Language =>
  LANGUAGES.some((language) => language === text)

const KEY = 'rialto.language'

export function chosenLanguage(storage: Storage, preferred: readonly string[]): Language {
  const kept = storage.getItem(KEY)
  if (isLanguage(kept)) return kept
  const first = preferred.find((tag) => isLanguage(tag.slice(0, 2)))?.slice(0, 2)
  return isLanguage(first) ? first : 'en'
}

export const keepLanguage = (storage: Storage, language: Language): void =>
  storage.setItem(KEY, language)
