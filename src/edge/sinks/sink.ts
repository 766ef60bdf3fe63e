/** A receiver of copies of events. The store keeps the originals: a sink may lose, but never block, and says how much it lost. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect as connectTcp, isIP } from 'node:net'
import { connect as connectTls, type ConnectionOptions, createSecureContext } from 'node:tls'
import { Fault } from '#core/errors.ts'
import { type Event, type EventDraft, timestamp } from '#schema/event.ts'
import { body, datagramLimit, octetCounted, type Origin, shorter, syslogMessage } from '#schema/event-syslog.ts'
import { parseTarget, type Scheme, SinkConfig, type SinkConfigInput, type Target } from './config.ts'
import { datagram } from './datagram.ts'
import { file } from './file.ts'
import { Queue } from './queue.ts'
import { stream } from './stream.ts'
import { type BackoffOptions, type Outlet, reasonOf, type Transport } from './transport.ts'

export interface SinkStatus {
  readonly url: string
  /** Given to the sink since it was opened; the sum of the other counts. */
  readonly accepted: number
  readonly sent: number
  readonly dropped: number
  readonly waiting: number
  /** Why it does not work at the moment. */
  readonly trouble?: string
}

export interface Sink {
  /** Takes the event if its class is wanted. Returns at once, never throws. */
  send(event: Event): void
  status(): SinkStatus
  /** Sends what waits for at most `milliseconds`, then lets go. The rest counts as dropped. */
  close(milliseconds?: number): Promise<void>
}

export interface SinkOptions extends BackoffOptions {
  readonly version?: string
  /** Gets an event to store when copies were lost: at most one per `lossMs`, with the exact number since the last. */
  readonly onLoss?: (loss: EventDraft) => void
  readonly lossMs?: number
  readonly stallMs?: number
  readonly now?: () => number
}

const readPem = (path: string | undefined, what: string): Buffer | undefined => {
  if (path === undefined) return undefined
  try {
    return readFileSync(path)
  } catch (error) {
    throw new Fault('file-unreadable', `The ${what} ${path} of a syslog receiver cannot be read.`, { cause: error })
  }
}

/** Certificates of an authority or of a client, and its key, as they are needed with every connection. */
const refuseUnusable = (secure: Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>, { url }: SinkConfig): void => {
  try {
    // Node passes over an authority that it cannot read, and then trusts nobody.
    if (Buffer.isBuffer(secure.ca)) void new X509Certificate(secure.ca)
    createSecureContext(secure)
  } catch (error) {
    throw new Fault('file-unreadable', `The certificates or the key for ${url} cannot be used: ${reasonOf(error)}.`, {
      advice: 'They are PEM files, and `cert` belongs to `key`.',
      cause: error,
    })
  }
}

const tlsOptions = ({ host, port }: Target, config: SinkConfig): ConnectionOptions => {
  const ca = readPem(config.ca, 'CA file')
  const cert = readPem(config.cert, 'certificate')
  const key = readPem(config.key, 'key')
  refuseUnusable({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }, config)
  return {
    host,
    port,
    minVersion: 'TLSv1.2',
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
  }
}

type Opening = (target: Target, config: SinkConfig, outlet: Outlet, options: SinkOptions) => Transport

const transports: Readonly<Record<Scheme, Opening>> = {
  'syslog+udp:': ({ host, port }, _, outlet, options) => datagram(outlet, { ...options, host, port }),
  'syslog+tcp:': ({ host, port }, _, outlet, options) =>
    stream(outlet, { ...options, dial: (ready) => connectTcp(port, host, ready) }),
  'syslog+tls:': (target, config, outlet, options) => {
    const secure = tlsOptions(target, config)
    return stream(outlet, { ...options, dial: (ready) => connectTls(secure, ready) })
  },
  'file:': ({ path }, config, outlet, options) =>
    file(outlet, { ...options, path, maxBytes: config['max-bytes'], keep: config.keep }),
}

const render = (event: Event, config: SinkConfig, scheme: Target['scheme'], count: number, origin: Origin): Buffer => {
  if (scheme === 'file:') return Buffer.from(`${body(event, 'json', origin)}\n`)
  const message = (shown: Event) =>
    syslogMessage(shown, body(shown, config.format, origin), count, config.facility, origin)
  if (scheme !== 'syslog+udp:') return octetCounted(message(event))
  const whole = Buffer.from(message(event))
  return whole.length <= datagramLimit ? whole : Buffer.from(message(shorter(event)))
}

/**
 * Opens a sink and begins to connect.
 * @throws Fault usage (the configuration is wrong), file-unreadable (a certificate)
 */
export const openSink = (given: SinkConfigInput, options: SinkOptions = {}): Sink => {
  const parsed = SinkConfig.safeParse(given)
  const target = parsed.success ? parseTarget(parsed.data.url) : undefined
  if (!parsed.success || target === undefined) {
    const details = parsed.success
      ? []
      : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new Fault('usage', 'A receiver of events is not configured rightly.', {
      details,
      advice: 'See docs/events.md, "Sinks".',
    })
  }
  const config = parsed.data
  const { version = '0', lossMs = 60_000, now = Date.now, onLoss } = options
  const origin: Origin = { version, pid: process.pid }
  const count = { accepted: 0, sent: 0, dropped: 0, reported: 0 }
  const queue = new Queue(config.queue)
  let trouble: string | undefined
  let lossSince = 0
  let lossTimer: NodeJS.Timeout | undefined
  let idle: (() => void) | undefined

  const reportLoss = (): void => {
    lossTimer = undefined
    const lost = count.dropped - count.reported
    if (lost === 0 || onLoss === undefined) return
    count.reported = count.dropped
    onLoss({
      kind: 'sink-loss',
      by: 'daemon',
      count: lost,
      first: timestamp(lossSince),
      last: timestamp(now()),
      text: `${lost} copies of events for ${config.url} were lost; the originals are in the store.`,
      details: { url: config.url, lost, ...(trouble !== undefined && { trouble: trouble.slice(0, 200) }) },
    })
  }
  const outlet: Outlet = {
    queue,
    sent: (sent) => {
      count.sent += sent
      if (queue.length === 0) idle?.()
    },
    lost: (lost) => {
      if (lost === 0) return
      if (count.dropped === count.reported) lossSince = now()
      count.dropped += lost
      lossTimer ??= setTimeout(reportLoss, lossMs).unref()
    },
    trouble: (what) => (trouble = what),
  }
  const transport = transports[target.scheme](target, config, outlet, options)
  let closed = false

  return {
    send: (event) => {
      if (closed || !config.classes.includes(event.class)) return
      count.accepted++
      outlet.lost(
        queue.push({ class: event.class, octets: render(event, config, target.scheme, count.accepted, origin) }),
      )
      transport.wake()
    },
    status: () => ({
      url: config.url,
      accepted: count.accepted,
      sent: count.sent,
      dropped: count.dropped,
      waiting: queue.length + transport.underway,
      ...(trouble !== undefined && { trouble }),
    }),
    close: async (milliseconds = 2000) => {
      closed = true
      const end = performance.now() + milliseconds
      while (queue.length + transport.underway > 0 && performance.now() < end) {
        // oxlint-disable-next-line no-await-in-loop -- waits for the transport
        await new Promise<void>((resolve) => {
          idle = resolve
          setTimeout(resolve, 20)
        })
      }
      transport.destroy()
      let rest = transport.underway
      while (queue.shift() !== undefined) rest++
      outlet.lost(rest)
      clearTimeout(lossTimer)
      reportLoss()
    },
  }
}
