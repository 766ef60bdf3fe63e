/** Where copies of events go, as the operator writes it. Nothing secret belongs in here: client keys are named by file. */
import * as z from 'zod'
import { eventClasses } from '#schema/event-kinds.ts'
import { facilityNames, syslogFormats } from '#schema/event-syslog.ts'

const schemes = ['syslog+udp:', 'syslog+tcp:', 'syslog+tls:', 'file:'] as const
export type Scheme = (typeof schemes)[number]
const isScheme = (text: string): text is Scheme => (schemes as readonly string[]).includes(text)

/** RFC 5426, 3.3 (udp); RFC 6587 has none, 601 is registered for reliable syslog by habit 514 (tcp); RFC 5425, 4.1 (tls). */
const defaultPorts: Readonly<Record<Scheme, number>> = {
  'syslog+udp:': 514,
  'syslog+tcp:': 514,
  'syslog+tls:': 6514,
  'file:': 0,
}

export interface Target {
  readonly scheme: Scheme
  /** Name or address; empty for a file. */
  readonly host: string
  readonly port: number
  /** Only for a file. */
  readonly path: string
}

/** @returns undefined where a `%` begins no character of UTF-8 */
const decodedPath = (path: string): string | undefined => {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

export const parseTarget = (text: string): Target | undefined => {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (!isScheme(url.protocol) || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return undefined
  if (url.protocol === 'file:') {
    const path = decodedPath(url.pathname)
    if (url.host !== '' || path === undefined || path === '/' || path.includes('\0')) return undefined
    return { scheme: 'file:', host: '', port: 0, path }
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (host === '' || (url.pathname !== '' && url.pathname !== '/')) return undefined
  const port = url.port === '' ? defaultPorts[url.protocol] : Number(url.port)
  return port === 0 ? undefined : { scheme: url.protocol, host, port, path: '' }
}

const FilePath = z.string().min(1)

export const SinkConfig = z
  .strictObject({
    url: z
      .string()
      .refine(
        (text) => parseTarget(text) !== undefined,
        'syslog+udp://HOST:PORT, syslog+tcp://…, syslog+tls://… or file:///PATH, without user, password, ? or #; in a path %25 stands for %, %3F for ? and %23 for #',
      ),
    format: z.enum(syslogFormats).default('json'),
    /** Certificates (PEM file) that may sign the receiver's, instead of the system's. */
    ca: FilePath.optional(),
    /** Client certificate and key (PEM files), where the receiver asks for them. */
    cert: FilePath.optional(),
    key: FilePath.optional(),
    facility: z.enum(facilityNames).default('local0'),
    classes: z.array(z.enum(eventClasses)).min(1).default(['P0', 'P1']),
    queue: z.int().min(10).max(1_000_000).default(10_000),
    /** Only for a file: bytes after which a new one is begun, and how many old ones are kept. */
    'max-bytes': z
      .int()
      .min(4096)
      .default(64 * 1024 * 1024),
    keep: z.int().min(1).max(100).default(5),
  })
  .refine(({ url, ca, cert, key }) => url.startsWith('syslog+tls:') || (ca ?? cert ?? key) === undefined, {
    path: ['ca'],
    message: 'ca, cert and key go with syslog+tls only',
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    path: ['key'],
    message: 'cert and key go together',
  })
  .refine(({ url, format }) => !url.startsWith('file:') || format === 'json', {
    path: ['format'],
    message: 'a file gets JSON lines',
  })
export type SinkConfig = z.infer<typeof SinkConfig>
export type SinkConfigInput = z.input<typeof SinkConfig>
