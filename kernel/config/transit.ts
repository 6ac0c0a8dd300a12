// How bytes are kept from others on their way: certificates of this process's doors, whom it trusts, and how it speaks to Kafka.
// What has an address with a scheme of its own (PostgreSQL, Redis, MongoDB, the mail server, providers) is told there. Files are
// read at the start: one that is missing or damaged stops it, instead of the first customer.

import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import Type, { type Static } from 'typebox'
import { BadSettings, secret } from './settings.ts'

const file = (description: string) => Type.Optional(Type.String({ description }))

export const transitSettings = Type.Object({
  TLS_CERT: file(
    'file with the certificate chain of this process’s doors, PEM; absent: plain http. Read again on SIGHUP',
  ),
  TLS_KEY: file('file with the private key of TLS_CERT, PEM'),
  TLS_CA: file(
    'file with the authorities that signed the certificates of our other processes, PEM; absent: those that the system knows',
  ),
  KAFKA_TLS: Type.Boolean({ default: false, description: 'brokers are spoken to over TLS' }),
  KAFKA_TLS_CA: file(
    'file with the authorities of the brokers’ certificates, PEM; absent: those that the system knows',
  ),
  KAFKA_TLS_CERT: file('file with our certificate for the brokers, PEM, where they ask for one'),
  KAFKA_TLS_KEY: file('file with the private key of KAFKA_TLS_CERT, PEM'),
  KAFKA_SASL_MECHANISM: Type.Optional(
    Type.Unsafe<'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'>({
      type: 'string',
      enum: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
      description: 'how we log in to the brokers; absent: not at all',
    }),
  ),
  KAFKA_SASL_USERNAME: Type.Optional(Type.String({ description: 'name to log in to the brokers' })),
  KAFKA_SASL_PASSWORD: Type.Optional(secret({ description: 'password to log in to the brokers' })),
})

/** A certificate chain and its key, as text. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

export interface KafkaTransit {
  readonly tls?: { readonly ca?: string } & Partial<Certificate>
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
    readonly username: string
    readonly password: string
  }
}

export interface TransitConfig {
  /** Reads the files of this process's certificate as they are now; absent: its doors are plain. */
  readonly certificate?: () => Certificate
  /** Whom we trust to be our other processes. */
  readonly ca?: string
  readonly kafka: KafkaTransit
}

type Settings = Readonly<Static<typeof transitSettings>>

function read(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new BadSettings([`${name}: ${path} cannot be read (${code})`])
  }
}

/** Both files, checked to belong together. */
function certificateOf(prefix: string, cert: string, key: string): Certificate {
  const found = { cert: read(`${prefix}_CERT`, cert), key: read(`${prefix}_KEY`, key) }
  try {
    createSecureContext(found)
    return found
  } catch (error) {
    throw new BadSettings([
      `${prefix}_CERT: the certificate and the key of ${prefix}_KEY do not go together (${(error as Error).message})`,
    ])
  }
}

function pairOf(prefix: string, cert: string | undefined, key: string | undefined) {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined)
    throw new BadSettings([
      `${prefix}_${cert === undefined ? 'CERT' : 'KEY'}: got nothing, expected a file because the other of the two has one`,
    ])
  return () => certificateOf(prefix, cert, key)
}

function kafkaOf(s: Settings): KafkaTransit {
  const pair = pairOf('KAFKA_TLS', s.KAFKA_TLS_CERT, s.KAFKA_TLS_KEY)
  const { KAFKA_SASL_MECHANISM: mechanism } = s
  const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = s
  if (!s.KAFKA_TLS && (s.KAFKA_TLS_CA !== undefined || pair !== undefined))
    throw new BadSettings(['KAFKA_TLS: got false, expected true because files for it are named'])
  if (mechanism !== undefined && (username === undefined || password === undefined))
    throw new BadSettings([
      'KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: got nothing, expected both because KAFKA_SASL_MECHANISM is set',
    ])
  const ca = s.KAFKA_TLS_CA === undefined ? {} : { ca: read('KAFKA_TLS_CA', s.KAFKA_TLS_CA) }
  return {
    ...(s.KAFKA_TLS ? { tls: { ...ca, ...pair?.() } } : {}),
    ...(mechanism === undefined
      ? {}
      : { sasl: { mechanism, username: username ?? '', password: password ?? '' } }),
  }
}

/** Reads what these settings name. Throws `BadSettings`. */
export function transitOf(s: Settings): TransitConfig {
  const certificate = pairOf('TLS', s.TLS_CERT, s.TLS_KEY)
  certificate?.()
  return {
    kafka: kafkaOf(s),
    ...(certificate === undefined ? {} : { certificate }),
    ...(s.TLS_CA === undefined ? {} : { ca: read('TLS_CA', s.TLS_CA) }),
  }
}
