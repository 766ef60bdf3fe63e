/** What crosses the manager's API about other tools: receivers of events, lists that go out, lists that come in. */
import * as z from 'zod'
import { idPattern } from '#core/id.ts'
import { Address, Network } from './address.ts'
import { eventClasses, eventKindNames } from './event-kinds.ts'
import { facilityNames, syslogFormats } from './event-syslog.ts'
import { Name, Time } from './manager-words.ts'

const Text = z.string().min(1).max(500)
const HostName = z.string().regex(/^[A-Za-z0-9:]([A-Za-z0-9.:-]{0,252})$/, 'a host name or an address')
const Pem = z.string().startsWith('-----BEGIN CERTIFICATE-----').max(65_536)
const Secret = z.string().min(1).max(4096)
/** Printable, so that it fits into a header of HTTP. */
const HeaderSecret = z.string().regex(/^[\x20-\x7e]{1,4096}$/, 'printable ASCII')
const TlsUrl = z
  .string()
  .max(2048)
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    return url?.protocol === 'https:' && url.username === '' && url.password === '' && url.hash === ''
  }, 'https://HOST[:PORT]/PATH, without user or password')
const Mail = z.string().regex(/^[^\s<>@,;"]{1,64}@[A-Za-z0-9.-]{1,253}$/, 'an address such as ot@plant.example')

/** Which events a receiver gets. What is left out does not narrow. */
export const Filter = z.strictObject({
  classes: z.array(z.enum(eventClasses)).min(1).default(['P0', 'P1']),
  kinds: z.array(z.enum(eventKindNames)).min(1).optional(),
  /** 0 to 10, as event kinds have it. */
  severity: z.int().min(0).max(10).default(0),
  sites: z.array(z.string().min(1).max(64)).min(1).max(1000).optional(),
})
export type Filter = z.output<typeof Filter>

/** Seconds to gather events for one message. */
const gather = (usual: number) => z.int().min(1).max(86_400).default(usual)

const Syslog = z.strictObject({
  kind: z.literal('syslog'),
  host: HostName,
  port: z.int().min(1).max(65_535).default(6514),
  tls: z.boolean().default(true),
  format: z.enum(syslogFormats).default('json'),
  facility: z.enum(facilityNames).default('local0'),
  ca: Pem.optional(),
})
const Webhook = z.strictObject({
  kind: z.literal('webhook'),
  url: TlsUrl,
  ca: Pem.optional(),
  /** Key of the HMAC over what is sent. */
  key: Secret.optional(),
  /** Value of the header Authorization. */
  authorization: HeaderSecret.optional(),
})
const Otlp = z.strictObject({
  kind: z.literal('otlp'),
  /** The collector's, such as https://collector.example:4318/v1/logs. */
  url: TlsUrl,
  ca: Pem.optional(),
  authorization: HeaderSecret.optional(),
})
const Smtp = z.strictObject({
  kind: z.literal('smtp'),
  host: HostName,
  port: z.int().min(1).max(65_535).default(587),
  /** `starttls` goes on only when the server does; `tls` from the first byte (RFC 8314). */
  security: z.enum(['starttls', 'tls']).default('starttls'),
  ca: Pem.optional(),
  from: Mail,
  to: z.array(Mail).min(1).max(20),
  user: z.string().min(1).max(256).optional(),
  password: Secret.optional(),
  gather: gather(60),
})
const Sms = z.strictObject({
  kind: z.literal('sms'),
  /** Of a gateway that takes a POST. */
  url: TlsUrl,
  ca: Pem.optional(),
  authorization: HeaderSecret.optional(),
  to: z
    .array(z.string().regex(/^\+?\d{3,20}$/, 'a number such as +4930123456'))
    .min(1)
    .max(20),
  /** JSON in which the strings `{to}` and `{text}` are filled in. */
  template: z
    .string()
    .max(4096)
    .refine((text) => {
      try {
        return typeof JSON.parse(text) === 'object'
      } catch {
        return false
      }
    }, 'JSON with {to} and {text} inside strings')
    .default('{"to":"{to}","text":"{text}"}'),
  gather: gather(60),
})

export const Target = z.discriminatedUnion('kind', [Syslog, Webhook, Otlp, Smtp, Sms])
export type Target = z.output<typeof Target>
/** Members that are kept encrypted and never shown. */
export const secretMembers = ['key', 'authorization', 'password'] as const

export const NewReceiver = z.strictObject({
  name: Name,
  target: Target,
  filter: Filter.default({ classes: ['P0', 'P1'], severity: 0 }),
  enabled: z.boolean().default(true),
  /** Events behind which it may be; what is older is left out, and a note says so. */
  lag: z.int().min(100).max(10_000_000).default(100_000),
})
export type NewReceiver = z.output<typeof NewReceiver>

export const Receiver = z.strictObject({
  name: Name,
  /** Without secrets. */
  target: z.looseObject({ kind: z.string() }),
  /** Which secrets it has. */
  secrets: z.array(z.string()),
  filter: Filter,
  enabled: z.boolean(),
  lag: z.int(),
  created: Time,
  /** Last event that is done with, and what became of all so far. */
  position: z.int(),
  delivered: z.int(),
  skipped: z.int(),
  dead: z.int(),
  /** Why it takes nothing at the moment. */
  trouble: z.string().nullable(),
  tried: Time.nullable(),
})
export type Receiver = z.output<typeof Receiver>
export const Receivers = z.strictObject({ receivers: z.array(Receiver) })
export const ReceiverChange = z.strictObject({ enabled: z.boolean() })
export const NameParams = z.strictObject({ name: Name })
export const IdParams = z.strictObject({ id: z.string().regex(idPattern) })
export const TestResult = z.strictObject({ ok: z.boolean(), what: z.string(), ms: z.number() })

/** What is contained, or whose risk is at or over `over`. */
export const EdlQuery = z.object({
  list: z.enum(['contained', 'risk']).default('contained'),
  over: z.coerce.number().int().min(1).max(100).default(80),
  limit: z.coerce.number().int().min(1).max(200_000).default(50_000),
})
export type EdlQuery = z.output<typeof EdlQuery>

const Origin = {
  /** Where it comes from: an address, or the name of a file in the folder `lists` of the state directory. */
  url: TlsUrl.optional(),
  file: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/, 'the name of a file in the folder lists')
    .optional(),
  ca: Pem.optional(),
  authorization: HeaderSecret.optional(),
} as const
export const formats = ['plain', 'misp', 'stix', 'taxii'] as const
export const NewSource = z
  .strictObject({
    name: Name,
    format: z.enum(formats),
    ...Origin,
    /** `veto`: what stands in it is no threat whatever points at it. */
    role: z.enum(['threat', 'veto']).optional(),
    /** Seconds between looks, and after how many without success it counts no more. */
    every: z.int().min(60).max(604_800).default(3600),
    stale: z.int().min(300).max(7_776_000).default(259_200),
  })
  .refine(({ url, file }) => (url === undefined) !== (file === undefined), {
    path: ['url'],
    message: 'either url or file',
  })
  .refine(({ format, url }) => format !== 'taxii' || url !== undefined, {
    path: ['url'],
    message: 'the objects address of a TAXII collection: https://HOST/ROOT/collections/ID/objects/',
  })
  .refine(({ format, role }) => format !== 'misp' || role !== 'threat', {
    path: ['role'],
    message: 'a warning list is a veto',
  })
export type NewSource = z.output<typeof NewSource>

export const Source = z.strictObject({
  name: Name,
  format: z.enum(formats),
  role: z.enum(['threat', 'veto']),
  url: z.string().optional(),
  file: z.string().optional(),
  every: z.int(),
  stale: z.int(),
  created: Time,
  entries: z.int(),
  /** SHA-256 of what was read last. */
  hash: z.string().nullable(),
  fetched: Time.nullable(),
  isStale: z.boolean(),
  trouble: z.string().nullable(),
})
export type Source = z.output<typeof Source>
export const Sources = z.strictObject({ sources: z.array(Source) })

export const NewAllowed = z.strictObject({ network: z.union([Network, Address]), reason: Text })
export const Allowed = z.strictObject({
  id: z.string(),
  network: z.string(),
  reason: z.string(),
  by: z.string(),
  created: Time,
})
export const AllowList = z.strictObject({ allowed: z.array(Allowed) })
