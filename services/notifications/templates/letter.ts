// What a template is made of. Its words are data with `{name}` where a fact goes; HTML and plain text are both written from the
// same blocks, so that they cannot say different things. Whatever names a fact that this message does not have is left out.

export type Locale = 'ru' | 'en'

/** A fact as a message keeps it: text as it is; sums, instants and codes are put into words when they are written. */
export type Fact =
  | string
  | { readonly amount: number; readonly currency: string }
  | { readonly at: string }
  | { readonly code: string }

export type Row = Readonly<Record<string, Fact>>
export type Facts = Readonly<Record<string, Fact | readonly Row[]>>

export type Block =
  /** A paragraph. */
  | string
  /** A list out of rows of facts, such as what was bought. */
  | { readonly each: string; readonly left: string; readonly right: string }
  /** Name and value, one below the other. */
  | { readonly named: readonly (readonly [name: string, value: string])[] }
  | { readonly link: string; readonly to: string }

export interface Letter {
  readonly subject: string
  /** One sentence for the list of notifications and for push. */
  readonly short: string
  readonly blocks: readonly Block[]
}

export interface Template extends Readonly<Record<Locale, Letter>> {
  readonly name: string
  /** What it carries a link for: its secret, `{code}`, is asked of accounts when it is sent and kept nowhere. */
  readonly link?: 'verify_email' | 'reset_password'
}
