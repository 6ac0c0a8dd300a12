// What the operator can set about the platform as a whole. Services parse settings of their own
// from the same environment. Everything has a default that runs on a bare machine; what must not
// have one (a master key beside a database of one's own) is asked for at start, because finding out
// later would cost data.

import Type from 'typebox'
import type { EnvironmentText } from './environment.ts'
import {
  BadSettings,
  duration,
  optional,
  parseSettings,
  refuseUnknown,
  secret,
  together,
} from './settings.ts'
import { type TransitConfig, transitOf, transitSettings } from './transit.ts'

const choice = <const T extends readonly string[]>(
  values: T,
  options: { default: T[number]; description: string },
) => Type.Unsafe<T[number]>({ type: 'string', enum: values, ...options })

const port = (what: string) =>
  Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 0,
    description: `port ${what}; 0 picks a free one`,
  })

const addresses = (what: string) =>
  Type.Optional(
    Type.String({
      pattern: '^[a-z-]+=https?://[^,=\\s]+(,[a-z-]+=https?://[^,=\\s]+)*$',
      description: `${what}, orders=http://a:4101,orders=http://b:4101 where it runs twice`,
    }),
  )

export const platformSettings = Type.Object({
  PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 4_000,
    description: 'port of the gateway and the pages; 0 picks a free one',
  }),
  HOST: Type.String({ default: '127.0.0.1', description: 'address to listen on' }),
  DATA_DIR: Type.String({
    default: '.rialto',
    description: 'folder of the embedded database and the keys',
  }),
  DATABASE_URL: Type.Optional(
    Type.String({
      pattern: '^postgres(ql)?://',
      secret: true,
      description:
        'postgres://… of a server of your own, version 15 or newer; absent: the embedded one',
    }),
  ),
  BUS: choice(['log', 'kafka'], {
    default: 'log',
    description: 'who carries events between processes',
  }),
  KAFKA_BROKERS: Type.Optional(
    Type.String({
      pattern: '^[^,:\\s]+:\\d+(,[^,:\\s]+:\\d+)*$',
      description: 'brokers for BUS=kafka: host:port, separated by commas',
    }),
  ),
  KAFKA_PREFIX: Type.String({
    pattern: '^[A-Za-z0-9._-]{0,64}$',
    default: '',
    description:
      "stands before the names of Kafka's topics and groups, for several platforms on one cluster",
  }),
  ...transitSettings.properties,
  REDIS_URL: Type.Optional(
    secret({
      pattern: '^rediss?://([^@/\\s]*@)?([^@/:\\s]+|\\[[^@/\\s]+\\])(:\\d{1,5})?(/\\d{1,3})?$',
      description:
        'redis://user:password@host:port of a server that all processes share, rediss:// for TLS (an authority of one’s own by NODE_EXTRA_CA_CERTS); absent: each keeps its own cache and counts',
    }),
  ),
  REDIS_PREFIX: Type.String({
    pattern: '^[A-Za-z0-9._-]{1,64}$',
    default: 'rialto',
    description:
      'stands before the names of all keys in Redis, for several platforms on one server',
  }),
  LOG_LEVEL: choice(['debug', 'info', 'warn', 'error', 'silent'], {
    default: 'info',
    description: 'least severe line to write',
  }),
  SERVICES: Type.Optional(
    Type.String({
      pattern: '^[a-z-]+(,[a-z-]+)*$',
      description: 'services of this process, separated by commas; absent: all',
    }),
  ),
  SERVICE_URLS: addresses('internal addresses of services that run in other processes'),
  RPC_URLS: addresses('gRPC addresses of services that run in other processes'),
  INTERNAL_PORT: port('of the internal door of a process with SERVICES'),
  RPC_PORT: port('of gRPC'),
  DRAIN_NOTICE: duration({
    default: '2s',
    description: 'how long a process with SERVICES still takes requests after SIGTERM',
  }),
  DEMO_DATA: Type.Optional(
    Type.Boolean({
      description:
        'writes the demo shop and its logins, whose passwords are public; absent: only where all services run here and the sandbox plays the provider',
    }),
  ),
  INSTANCE: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9._-]{1,64}$',
      description: 'name of this process in leases and metrics',
    }),
  ),
  RECORDER_RATE: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 1,
    description: 'share of flows that are recorded',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description:
        'address of an OpenTelemetry collector, http://host:4318, which gets what is recorded as traces; absent: none does',
    }),
  ),
  OTEL_EXPORTER_OTLP_HEADERS: Type.Optional(
    secret({
      pattern: '^[^=,\\s]+=[^,]*(,[^=,\\s]+=[^,]*)*$',
      description: 'headers for the collector, name=value,name=value, values percent-encoded',
    }),
  ),
  FAULT: Type.String({ default: '', description: 'failpoints, label:nth:action; for tests' }),
  MASTER_KEY: Type.Optional(
    secret({
      description:
        'base64 of 32 bytes, or several while rotating, 2:<base64>,1:<base64>: the first seals, all open; make one with openssl rand -base64 32',
    }),
  ),
  REQUIRE_REAL: Type.Boolean({
    default: false,
    description:
      'true refuses to start where the sandbox would play the provider, the fiscal register or the mail server',
  }),
  RIALTO_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'address of a running platform, for commands',
    }),
  ),
  YOOKASSA_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'address of the provider; absent: the sandbox',
    }),
  ),
  YOOKASSA_SHOP_ID: Type.Optional(Type.String({ description: 'shop id at the provider' })),
  YOOKASSA_SECRET_KEY: Type.Optional(secret({ description: 'secret key at the provider' })),
  ATOL_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'address of the fiscal register; absent: the sandbox',
    }),
  ),
  ATOL_LOGIN: Type.Optional(Type.String({ description: 'login at the fiscal register' })),
  ATOL_PASSWORD: Type.Optional(secret({ description: 'password at the fiscal register' })),
  ATOL_GROUP: Type.Optional(Type.String({ description: 'group code at the fiscal register' })),
  SMTP_URL: Type.Optional(
    secret({
      pattern: '^smtps?://',
      description: 'mail server, smtp://user:password@host:port; absent: the sandbox mailbox',
    }),
  ),
})

export interface PlatformConfig {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  /** Absent: the embedded server. */
  readonly databaseUrl?: string
  readonly bus: 'log' | 'kafka'
  readonly kafkaBrokers: readonly string[]
  readonly kafkaPrefix: string
  /** Absent: caches and limits are each process's own. */
  readonly redis?: { readonly url: string; readonly prefix: string }
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Absent: all. */
  readonly services?: readonly string[]
  /** Service name → addresses of its instances in other processes. */
  readonly serviceUrls: ReadonlyMap<string, readonly string[]>
  readonly rpcUrls: ReadonlyMap<string, readonly string[]>
  readonly internalPort: number
  readonly rpcPort: number
  readonly drainNoticeMs: number
  /** Whether the demo shop and its logins are written. */
  readonly demoData: boolean
  readonly instance?: string
  readonly recorderRate: number
  /** Absent: nothing is told to a collector. */
  readonly otlp?: { readonly endpoint: string; readonly headers: Readonly<Record<string, string>> }
  readonly fault: string
  /** Absent: generated into the data directory. */
  readonly masterKey?: string
  /** Nothing outside may be played. */
  readonly requireReal: boolean
  /** Where a platform runs already, for commands. */
  readonly url?: string
  /** Absent: the sandbox plays the provider. */
  readonly yookassa?: { readonly url: string; readonly shopId: string; readonly secretKey: string }
  /** Absent: the sandbox plays the fiscal register. */
  readonly atol?: {
    readonly url: string
    readonly login: string
    readonly password: string
    readonly group: string
  }
  /** Absent: mails go to the sandbox mailbox. */
  readonly smtpUrl?: string
  readonly transit: TransitConfig
}

type Settings = ReturnType<typeof parseSettings<typeof platformSettings>>

function yookassaOf(s: Settings): PlatformConfig['yookassa'] {
  const set = together(s, 'YOOKASSA_URL', 'YOOKASSA_SHOP_ID', 'YOOKASSA_SECRET_KEY')
  return (
    set && {
      url: set.YOOKASSA_URL,
      shopId: set.YOOKASSA_SHOP_ID,
      secretKey: set.YOOKASSA_SECRET_KEY,
    }
  )
}

function atolOf(s: Settings): PlatformConfig['atol'] {
  const set = together(s, 'ATOL_URL', 'ATOL_LOGIN', 'ATOL_PASSWORD', 'ATOL_GROUP')
  return (
    set && {
      url: set.ATOL_URL,
      login: set.ATOL_LOGIN,
      password: set.ATOL_PASSWORD,
      group: set.ATOL_GROUP,
    }
  )
}

/** The driver's own complaint about an address would repeat its password. */
function redisOf({ REDIS_URL: url, REDIS_PREFIX: prefix }: Settings): PlatformConfig['redis'] {
  if (url === undefined) return undefined
  try {
    const { username, password } = new URL(url)
    decodeURIComponent(username + password)
    return { url, prefix }
  } catch {
    throw new BadSettings([
      'REDIS_URL: got (hidden), expected redis://user:password@host:port, what is special in the password as %XX',
    ])
  }
}

/** `orders=http://a,orders=http://b` as the origins of each service. */
function addressesOf(text = ''): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const [name = '', url = ''] of text.split(',').map((one) => one.split('=')))
    if (name !== '') found.set(name, [...(found.get(name) ?? []), new URL(url).origin])
  return found
}

/** `name=a%20value,other=b`, as OpenTelemetry writes it. */
const headersOf = (text = ''): Record<string, string> =>
  Object.fromEntries(
    text
      .split(',')
      .filter((one) => one.includes('='))
      .map((one) => {
        const at = one.indexOf('=')
        return [one.slice(0, at).trim(), decodeURIComponent(one.slice(at + 1).trim())]
      }),
  )

const otlpOf = (s: Settings): PlatformConfig['otlp'] =>
  s.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
    ? undefined
    : {
        endpoint: s.OTEL_EXPORTER_OTLP_ENDPOINT,
        headers: headersOf(s.OTEL_EXPORTER_OTLP_HEADERS),
      }

/** Parses the platform's settings. Throws `BadSettings` with a line for each that does not fit. */
export function platformConfig(env: EnvironmentText): PlatformConfig {
  refuseUnknown(env, Object.keys(platformSettings.properties))
  const flag = env.REQUIRE_REAL?.trim()
  // Set to 1 by habit, where a schema's boolean reads only true and false.
  const s = parseSettings(platformSettings, {
    ...env,
    REQUIRE_REAL: flag === '1' ? 'true' : flag === '0' ? 'false' : flag,
  })
  if (s.DATABASE_URL !== undefined && s.MASTER_KEY === undefined)
    throw new BadSettings([
      'MASTER_KEY: got nothing, expected base64 of 32 bytes (openssl rand -base64 32) because ' +
        'DATABASE_URL is set: a key generated on this machine would be missing on the next',
    ])
  if (s.SERVICES !== undefined && s.DATABASE_URL === undefined)
    throw new BadSettings([
      'DATABASE_URL: got nothing, expected postgres://… because SERVICES is set: the processes of a ' +
        'platform share a database that none of them takes along when it ends',
    ])
  if (s.BUS === 'kafka' && s.KAFKA_BROKERS === undefined)
    throw new BadSettings(['KAFKA_BROKERS: got nothing, expected host:port because BUS is kafka'])
  return {
    port: s.PORT,
    host: s.HOST,
    dataDir: s.DATA_DIR,
    bus: s.BUS,
    kafkaBrokers: s.KAFKA_BROKERS?.split(',') ?? [],
    kafkaPrefix: s.KAFKA_PREFIX,
    logLevel: s.LOG_LEVEL,
    recorderRate: s.RECORDER_RATE,
    fault: s.FAULT,
    requireReal: s.REQUIRE_REAL,
    // An operator with a public password has no place beside real money, unless it is asked for.
    demoData: s.DEMO_DATA ?? (s.SERVICES === undefined && s.YOOKASSA_URL === undefined),
    serviceUrls: addressesOf(s.SERVICE_URLS),
    rpcUrls: addressesOf(s.RPC_URLS),
    internalPort: s.INTERNAL_PORT,
    rpcPort: s.RPC_PORT,
    drainNoticeMs: s.DRAIN_NOTICE,
    transit: transitOf(s),
    ...optional('databaseUrl', s.DATABASE_URL),
    ...optional('services', s.SERVICES?.split(',')),
    ...optional('instance', s.INSTANCE),
    ...optional('otlp', otlpOf(s)),
    ...optional('masterKey', s.MASTER_KEY),
    ...optional('url', s.RIALTO_URL),
    ...optional('yookassa', yookassaOf(s)),
    ...optional('atol', atolOf(s)),
    ...optional('smtpUrl', s.SMTP_URL),
    ...optional('redis', redisOf(s)),
  }
}
