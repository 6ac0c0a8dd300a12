// Certificates for tests of what goes over TLS: an authority of the test's own and certificates that it signed, made by OpenSSL in
// a directory that goes with the test. Nobody else trusts them.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

export interface Signed {
  /** Files, PEM. */
  readonly cert: string
  readonly key: string
}

export interface Authority {
  /** File of its own certificate, PEM. */
  readonly ca: string
  /** The same as text. */
  readonly text: string
  /** Signs a certificate for these names, such as `IP:127.0.0.1` or `DNS:orders`. */
  sign(...names: readonly string[]): Signed
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
const SHORT_LIVED = ['-days', '2']

const openssl = (...words: string[]): void => {
  execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** A new authority. */
export function testAuthority(t: Pick<TestContext, 'after'>): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'rialto-certificates-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const at = (name: string): string => join(folder, name)
  const [ca, caKey] = [at('ca.pem'), at('ca.key')]
  const subject = ['-subj', '/CN=Authority of a test']
  openssl('req', '-x509', ...NEW_KEY, ...SHORT_LIVED, ...subject, '-keyout', caKey, '-out', ca)
  let signed = 0
  return {
    ca,
    text: readFileSync(ca, 'utf8'),
    sign(...names) {
      signed += 1
      const cert = at(`${signed}.pem`)
      const key = at(`${signed}.key`)
      openssl(
        ...['req', '-x509', '-CA', ca, '-CAkey', caKey, ...NEW_KEY, ...SHORT_LIVED],
        ...['-subj', `/CN=${signed}`, '-addext', `subjectAltName=${names.join(',')}`],
        ...['-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', key, '-out', cert],
      )
      return { cert, key }
    },
  }
}
