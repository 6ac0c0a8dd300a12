// The number that this page's policy allows styles by. The server puts a fresh one into every page it sends.

export const nonce = (): string =>
  document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''
