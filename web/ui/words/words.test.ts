// Both languages say everything: every key, every form that the language counts in, and the same places for values.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { en as consoleEn } from '../../console/words/en.ts'
import { ru as consoleRu } from '../../console/words/ru.ts'
import { en as storeEn } from '../../store/words/en.ts'
import { ru as storeRu } from '../../store/words/ru.ts'
import { en as uiEn } from './en.ts'
import { ru as uiRu } from './ru.ts'

type Words = { readonly [key: string]: string | Words }

const DICTIONARIES: readonly (readonly [name: string, en: Words, ru: Words])[] = [
  ['ui', uiEn, uiRu],
  ['store', storeEn, storeRu],
  ['console', consoleEn, consoleRu],
]
const COUNTED = /_(zero|one|two|few|many|other)$/

function flat(words: Words, before = ''): Map<string, string> {
  return new Map(
    Object.entries(words).flatMap(([key, value]): [string, string][] =>
      typeof value === 'string' ? [[before + key, value]] : [...flat(value, `${before}${key}.`)],
    ),
  )
}

/** Key without its counted form → the forms that are there. */
function formsOf(words: Map<string, string>): Map<string, Set<string>> {
  const forms = new Map<string, Set<string>>()
  for (const key of words.keys()) {
    const form = COUNTED.exec(key)?.[1]
    const base = key.replace(COUNTED, '')
    forms.set(base, new Set([...(forms.get(base) ?? []), ...(form === undefined ? [] : [form])]))
  }
  return forms
}

const placesOf = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort()

for (const [name, en, ru] of DICTIONARIES)
  test(`words – ${name} – both languages have every key and every form they count in`, () => {
    const languages = { en: formsOf(flat(en)), ru: formsOf(flat(ru)) }
    assert.ok(languages.en.size > 0)
    assert.deepEqual([...languages.ru.keys()].sort(), [...languages.en.keys()].sort())
    for (const [language, forms] of Object.entries(languages)) {
      const counts = new Intl.PluralRules(language).resolvedOptions().pluralCategories
      for (const [key, there] of forms)
        if (there.size > 0)
          assert.deepEqual([...there].sort(), [...counts].sort(), `${language} ${key}`)
    }
  })

for (const [name, en, ru] of DICTIONARIES)
  test(`words – ${name} – a text has the same places for values in both languages, and is not empty`, () => {
    const english = flat(en)
    for (const [key, text] of flat(ru)) {
      const twin = english.get(key) ?? english.get(key.replace(COUNTED, '_other')) ?? ''
      assert.deepEqual(placesOf(text), placesOf(twin), key)
      assert.notEqual(text.trim(), '', key)
    }
  })
