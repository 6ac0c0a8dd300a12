// i18next, set up once a page. Only the language that is read is loaded; another is fetched when it is chosen.

import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { Dictionaries } from './dictionary.ts'
import { chosenLanguage, keepLanguage, type Language } from './language.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'ui'
    resources: Dictionaries
  }
}

/** Namespace → its words, by language. */
export type Loader = () => Promise<Readonly<Record<string, object>>>
export type Loaders = Readonly<Record<Language, Loader>>

let loaders: Loaders | undefined

async function load(language: Language): Promise<void> {
  if (loaders === undefined || i18next.hasResourceBundle(language, 'ui')) return
  for (const [namespace, words] of Object.entries(await loaders[language]()))
    i18next.addResourceBundle(language, namespace, words)
}

const showLanguage = (language: Language): void => {
  document.documentElement.lang = language
}

/** Resolves when the pages can be shown in the language of whoever looks at them. */
export async function openWords(given: Loaders): Promise<void> {
  loaders = given
  const language = chosenLanguage(localStorage, navigator.languages)
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    defaultNS: 'ui',
    resources: {},
    // React escapes by itself.
    interpolation: { escapeValue: false },
  })
  await load(language)
  showLanguage(language)
}

export async function chooseLanguage(language: Language): Promise<void> {
  await load(language)
  await i18next.changeLanguage(language)
  keepLanguage(localStorage, language)
  showLanguage(language)
}
