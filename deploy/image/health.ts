// Whether the process in this container may be sent requests: asks its readiness, or the address given as the only word. A part
// of the platform answers at its internal door, the whole of it at its gateway. Exit status 0 means yes.

import { request as askPlain } from 'node:http'
import { request as askSecurely } from 'node:https'

const TIMEOUT_MS = 4_000

const { SERVICES = '', PORT = '4000', INTERNAL_PORT = '4100', TLS_CERT = '' } = process.env
const scheme = TLS_CERT === '' ? 'http' : 'https'
const own = `${scheme}://127.0.0.1:${SERVICES === '' ? PORT : INTERNAL_PORT}/health/ready`
const address = process.argv[2] ?? own

function give(reason: string): never {
  process.stderr.write(`${address}: ${reason}\n`)
  process.exit(1)
}

const signal = AbortSignal.timeout(TIMEOUT_MS)
// To itself, over loopback: the certificate is for the names that others use.
const asked = address.startsWith('https')
  ? askSecurely(address, { signal, rejectUnauthorized: false })
  : askPlain(address, { signal })
asked.on('error', (error) => give(error.message))
asked.on('response', (answer) => {
  const { statusCode = 0 } = answer
  if (statusCode === 200) process.exit(0)
  let text = ''
  answer.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  answer.on('end', () => give(`${statusCode} ${text}`))
})
asked.end()
