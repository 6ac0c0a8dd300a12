// The security headers of every answer. What this door serves is data, never a page, so a browser that is talked into showing
// it may load, run, frame and send nothing. Pages that need more say so on their own routes.

import { DAY, SECOND } from '../pure/time.ts'

export interface HeaderOptions {
  /**
   * Clients reach us over https, so they may be told never to come without it. On plain http that would make the browser look
   * for an https that is not there.
   */
  readonly https: boolean
}

const POLICY = [
  "default-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
]

/** As data, because they are on what is answered without a request too. */
export const securityHeaders = ({ https }: HeaderOptions): Readonly<Record<string, string>> => ({
  'content-security-policy': [...POLICY, ...(https ? ['upgrade-insecure-requests'] : [])].join(';'),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  // Old browsers' own filter could be used against a page.
  'x-xss-protection': '0',
  ...(https
    ? { 'strict-transport-security': `max-age=${(365 * DAY) / SECOND}; includeSubDomains` }
    : {}),
})
