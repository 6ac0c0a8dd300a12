// English is the model of every dictionary; the Russian one must have each of its keys, and of a counted key all the forms that
// Russian counts in. A key that is missing does not compile.

/** `copies_one` and `copies_other` count in English; Russian needs few and many besides. */
type RussianKey<Key> = Key extends `${infer Base}_one`
  ? `${Base}_one` | `${Base}_few` | `${Base}_many`
  : Key

export type Russian<Words> = {
  readonly [Key in keyof Words as RussianKey<Key>]: Words[Key] extends string
    ? string
    : Russian<Words[Key]>
}

/** Namespaces of the dictionaries that are loaded; each entry declares its own beside `ui`. */
export interface Dictionaries {
  ui: typeof import('./en.ts')['en']
}
