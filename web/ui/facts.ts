// What the server tells its pages with their HTML.

export interface Facts {
  /** The demo logins are there. */
  readonly demo: boolean
  /** What is known to be played; what is not known to be is not called real either. */
  readonly simulated: { readonly money: boolean; readonly receipts: boolean }
  /** Where the sandbox keeps the mails. */
  readonly mailbox?: string
}

/** A page that nobody told anything, such as one of the development server, offers nothing special. */
export function readFacts(): Facts {
  const text = document.querySelector<HTMLMetaElement>('meta[name=rialto-facts]')?.content ?? ''
  try {
    return JSON.parse(text) as Facts
  } catch {
    return { demo: false, simulated: { money: false, receipts: false } }
  }
}
