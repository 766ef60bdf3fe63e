/** The way to the other managers of a database: NATS core, at most once. That it is down is an alarm and no outage. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, credsAuthenticator, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node'
import { Fault, messageOf } from '#core/errors.ts'
import type { Topic } from './bus.ts'
import { mostBytes, topics } from './hints.ts'

export interface NatsOptions {
  /** `nats://HOST:PORT` or `tls://HOST:PORT`, several by commas; before the host `USER:PASSWORD@` or `TOKEN@`. */
  readonly url: string
  /** File with the JWT and seed of a NATS account. */
  readonly credentials?: string | undefined
  /** PEM file of the authority of the NATS servers; with it the connection is TLS or none. */
  readonly ca?: string | undefined
  /** First words of every subject: `bulkhead.ID`. */
  readonly prefix: string
  readonly name: string
  readonly onMessage: (topic: Topic, text: string) => void
  /** `undefined`: there is a way again. */
  readonly onState: (trouble: string | undefined) => void
}
export interface Nats {
  isUp(): boolean
  /** Lost when there is no way. */
  send(topic: Topic, text: string): void
  close(): Promise<void>
}

const attemptMs = 5000
const pauseMs = 500

const usual = 'NATS_URL is no place such as nats://HOST:4222 or tls://HOST:4222.'

/** @throws Fault `usage` where a `%` begins no character of UTF-8 */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Fault('usage', usual, { advice: 'In user, password and token write %25 for %.' })
  }
}

/** @throws Fault `usage` without repeating a secret */
const serversOf = (text: string) => {
  const urls = text.split(',').map((one) => URL.parse(one.includes('://') ? one : `nats://${one}`))
  const [first] = urls
  if (
    first === null ||
    first === undefined ||
    urls.some((one) => one === null || !/^(nats|tls):$/.test(one.protocol) || one.hostname === '')
  )
    throw new Fault('usage', usual, {
      advice: 'In user, password and token write %23 for #, %2F for /, %3F for ?, %40 for @, %2C for a comma.',
    })
  const [user, pass] = [decoded(first.username), decoded(first.password)]
  const login = user === '' ? {} : pass === '' ? { token: user } : { user, pass }
  return {
    servers: urls.flatMap((one) => (one === null ? [] : [one.port === '' ? one.hostname : one.host])),
    login,
    isTls: urls.some((one) => one?.protocol === 'tls:'),
  }
}

export const connectionOptions = ({
  url,
  credentials,
  ca,
  name,
}: Pick<NatsOptions, 'url' | 'credentials' | 'ca' | 'name'>) => {
  const { servers, login, isTls } = serversOf(url)
  return {
    servers,
    ...login,
    ...(credentials === undefined ? {} : { authenticator: credsAuthenticator(readFileSync(credentials)) }),
    ...(ca === undefined ? (isTls ? { tls: {} } : {}) : { tls: { caFile: ca } }),
    name,
    noEcho: true,
    // Where to go is what the operator said, not what a server says.
    ignoreClusterUpdates: true,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    timeout: attemptMs,
    reconnectTimeWait: pauseMs,
    pingInterval: 10_000,
    maxPingOut: 2,
  } satisfies NodeConnectionOptions
}

/** Returns at once, and goes on trying until it is closed. */
export const openNats = (options: NatsOptions): Nats => {
  const { prefix, onMessage, onState } = options
  const settings = connectionOptions(options)
  let line: NatsConnection | undefined
  let isUp = false
  const closing = new AbortController()
  const state = (trouble: string | undefined): void => {
    isUp = trouble === undefined
    if (!closing.signal.aborted) onState(trouble)
  }

  const watch = async (of: NatsConnection): Promise<void> => {
    for await (const status of of.status()) {
      if (status.type === 'disconnect' || status.type === 'staleConnection') state('the connection ended')
      else if (status.type === 'reconnect') state(undefined)
      else if (status.type === 'error') state(status.error.message)
    }
  }
  const live = async (): Promise<void> => {
    const opened = await connect(settings)
    line = opened
    for (const topic of topics)
      opened.subscribe(`${prefix}.${topic}`, {
        callback: (error, message) => {
          if (error === null && message.data.length <= mostBytes) onMessage(topic, message.string())
        },
      })
    // Subscribed before anybody is told that hints arrive again.
    await opened.flush()
    if (closing.signal.aborted) await opened.close()
    else state(undefined)
    await watch(opened)
  }
  /** The client finds its way back by itself once it was connected; until then, and when it gave up, this goes on. */
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await live()
        state('the connection was closed')
      } catch (error) {
        state(messageOf(error))
      }
      if (!closing.signal.aborted) await sleep(pauseMs, undefined, { ref: false })
    }
  }
  void run()
  return {
    isUp: () => isUp,
    send: (topic, text) => {
      // While there is no way the client would keep what is published, without a bound.
      if (!isUp || line === undefined || text.length > Math.min(mostBytes, line.info?.max_payload ?? mostBytes)) return
      try {
        line.publish(`${prefix}.${topic}`, text)
      } catch (error) {
        state(messageOf(error))
      }
    },
    close: async () => {
      closing.abort()
      isUp = false
      await line?.close()
    },
  }
}
