// The certificate that the doors of this process show. Renewed files are taken over without a restart: connections that are open
// go on, new ones get the new certificate. Files that do not fit leave the old one in place, for a door that stays shut is worse.

import type { SecureContextOptions } from 'node:tls'
import type { Certificate } from '../config/transit.ts'

/** A TLS server, of HTTP/1.1 or HTTP/2. */
export interface SecureServer {
  setSecureContext(options: SecureContextOptions): void
}

export class DoorCertificate {
  readonly #read: () => Certificate
  readonly #servers: SecureServer[] = []
  #current: Certificate

  constructor(read: () => Certificate) {
    this.#read = read
    this.#current = read()
  }

  /** For a server that is being opened. */
  get options(): SecureContextOptions {
    return { ...this.#current, minVersion: 'TLSv1.2' }
  }

  /** From now on this server is told of renewals. */
  follow(server: SecureServer): void {
    this.#servers.push(server)
  }

  /** Takes over the files as they are now. Throws where they do not fit, and changes nothing then. */
  renew(): void {
    this.#current = this.#read()
    for (const server of this.#servers) server.setSecureContext(this.options)
  }
}
