// A small lexer for TypeScript: it tells code from strings and comments, nothing more. `code` keeps the length and the lines
// of the text, with the insides of strings, comments and regular expressions blanked, so that a word in a comment is never
// taken for a call and positions mean the same in both.

export interface Literal {
  readonly start: number
  /** What stands between the quotes; expressions of a template read `$`. */
  readonly text: string
  /** Name before a template, such as `sql`. */
  readonly tag: string
}

export interface Comment {
  readonly start: number
  readonly text: string
}

export interface Source {
  readonly code: string
  readonly literals: readonly Literal[]
  readonly comments: readonly Comment[]
}

const blank = (text: string): string => text.replace(/[^\n]/g, ' ')
const REGEX_MAY_FOLLOW =
  /(^|[=(,:[!&|?{};+\-*%<>~^]|\b(return|typeof|case|in|of|await|throw|else))$/

class Lexer {
  readonly #text: string
  readonly literals: Literal[] = []
  readonly comments: Comment[] = []
  #at = 0
  #code = ''

  constructor(text: string) {
    this.#text = text
  }

  /** Reads code up to the end, or up to the `}` that closes a template's expression. */
  read(insideTemplate: boolean): string {
    let depth = 0
    while (this.#at < this.#text.length) {
      const here = this.#text[this.#at] as string
      const two = this.#text.slice(this.#at, this.#at + 2)
      if (two === '//' || two === '/*') this.#comment(two)
      else if (here === "'" || here === '"') this.#string(here)
      else if (here === '`') this.#template()
      else if (here === '/' && REGEX_MAY_FOLLOW.test(this.#code.slice(-200).trimEnd()))
        this.#regex()
      else {
        if (here === '{') depth += 1
        if (here === '}') {
          if (insideTemplate && depth === 0) return this.#code
          depth -= 1
        }
        this.#keep(1)
      }
    }
    return this.#code
  }

  #keep(length: number): void {
    this.#code += this.#text.slice(this.#at, this.#at + length)
    this.#at += length
  }

  #hide(end: number): void {
    this.#code += blank(this.#text.slice(this.#at, end))
    this.#at = end
  }

  #comment(opening: string): void {
    const close = opening === '//' ? '\n' : '*/'
    const found = this.#text.indexOf(close, this.#at + 2)
    const end = found === -1 ? this.#text.length : found + (close === '\n' ? 0 : 2)
    this.comments.push({ start: this.#at, text: this.#text.slice(this.#at, end) })
    this.#hide(end)
  }

  /** A quoted string ends at its line's end at the latest, so that a stray quote cannot swallow the file. */
  #string(quote: string): void {
    const start = this.#at
    let end = start + 1
    while (end < this.#text.length && this.#text[end] !== quote && this.#text[end] !== '\n')
      end += this.#text[end] === '\\' ? 2 : 1
    this.literals.push({ start, text: this.#text.slice(start + 1, end), tag: '' })
    this.#keep(1)
    this.#hide(end)
    if (this.#text[end] === quote) this.#keep(1)
  }

  #template(): void {
    const start = this.#at
    const tag = /([\w$]+)(?:<[^`]*>)?$/.exec(this.#code.slice(-200))?.[1] ?? ''
    let text = ''
    this.#keep(1)
    while (this.#at < this.#text.length && this.#text[this.#at] !== '`') {
      if (this.#text.startsWith('${', this.#at)) {
        text += '$'
        this.#keep(2)
        this.read(true)
        this.#keep(1)
      } else {
        const length = this.#text[this.#at] === '\\' ? 2 : 1
        text += this.#text.slice(this.#at, this.#at + length)
        this.#hide(this.#at + length)
      }
    }
    this.literals.push({ start, text, tag })
    this.#keep(1)
  }

  #regex(): void {
    let end = this.#at + 1
    let inClass = false
    while (end < this.#text.length && this.#text[end] !== '\n') {
      const here = this.#text[end]
      if (here === '\\') end += 1
      else if (here === '[') inClass = true
      else if (here === ']') inClass = false
      else if (here === '/' && !inClass) break
      end += 1
    }
    this.#keep(1)
    this.#hide(end)
    this.#keep(1)
  }
}

export function lex(text: string): Source {
  const lexer = new Lexer(text)
  const code = lexer.read(false)
  return { code, literals: lexer.literals, comments: lexer.comments }
}

/** Line number, from 1, of a position. */
export const lineAt = (text: string, position: number): number =>
  text.slice(0, position).split('\n').length
