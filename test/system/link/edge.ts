/** An edge as the link sees it: a key, a certificate, frames. No enforcement. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { request } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import { Enrolled, EnrolmentToken, enrolText, renewText } from '#schema/link-enrolment.ts'
import { type Digest, type FromEdge, linkProtocol, type Revisions, ToEdge, type ToEdgeOf } from '#schema/link-frames.ts'
import { stateStreams } from '#schema/link-objects.ts'
import { stateDigest } from '#schema/chain.ts'
import { spiffeId } from '#schema/link-values.ts'

export interface Device {
  readonly key: KeyObject
  /** PEM */
  readonly pem: string
  readonly publicKey: string
  sign(text: string): string
}

export const newDevice = (): Device => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    key: privateKey,
    pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    sign: (text) => sign('sha256', Buffer.from(text), privateKey).toString('base64'),
  }
}

export const tokenIn = (token: string) =>
  EnrolmentToken.parse(JSON.parse(Buffer.from(token.slice('bhe_'.length), 'base64url').toString()))

export interface Place {
  readonly socketPath: string
  /** PEM of the authority. */
  readonly ca: string
}
export interface TcpPlace {
  readonly host: string
  readonly port: number
  readonly ca: string
}
export interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: unknown
}

/** One request over the unix socket. */
export const call = (place: Place, path: string, body?: unknown, more: { method?: string; text?: string } = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const { method = 'POST', text = body === undefined ? undefined : JSON.stringify(body) } = more
    const asked = request(
      {
        ...place,
        servername: 'localhost',
        method,
        path,
        agent: false,
        headers: { 'content-type': 'application/json' },
      },
      (response) => {
        let answer = ''
        response.on('data', (part: Buffer) => (answer += part.toString()))
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(answer) as unknown }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(text)
  })

export const enrolWith = (place: Place, token: string, device: Device): Promise<Answer> => {
  const { secret } = tokenIn(token)
  const body = { secret, publicKey: device.publicKey, proof: device.sign(enrolText(secret)), version: '1.0.0' }
  return call(place, '/link/v1/enrol', body)
}
export const enrolled = async (place: Place, token: string, device: Device): Promise<Enrolled> =>
  Enrolled.parse((await enrolWith(place, token, device)).body)

export const renewBody = ({ domain, site, edge }: Enrolled, device: Device, at: number) => ({
  site,
  edge,
  at,
  signature: device.sign(renewText(spiffeId(domain, { site, edge }), at)),
})

export interface DialOptions {
  readonly certificate?: string
  readonly key?: string
  readonly path?: string
  readonly protocol?: string
  /** TCP in place of the unix socket. */
  readonly port?: number
}

export interface Line {
  readonly ws: WebSocket
  readonly frames: ToEdge[]
  send(frame: FromEdge | string | Buffer): void
  /** The next frame of a type, one of those that came already included; each is given once. */
  next<T extends ToEdge['type']>(type: T, patienceMs?: number): Promise<ToEdgeOf<T>>
  /** Code of the close. */
  closed(patienceMs?: number): Promise<number>
  end(): void
}

const isOf = <T extends ToEdge['type']>(frame: ToEdge, type: T): frame is ToEdgeOf<T> => frame.type === type

/** @throws the status and body of a refused upgrade */
export const dial = async (place: Place | TcpPlace, options: DialOptions): Promise<Line> => {
  const open = (): TLSSocket =>
    connect({
      ...(options.port !== undefined
        ? { host: '127.0.0.1', port: options.port }
        : 'host' in place
          ? { host: place.host, port: place.port }
          : { path: place.socketPath }),
      ca: place.ca,
      servername: 'localhost',
      minVersion: 'TLSv1.3',
      ...(options.certificate === undefined ? {} : { cert: options.certificate, key: options.key }),
    })
  const ws = new WebSocket(`wss://localhost${options.path ?? '/link/v1/stream'}`, options.protocol ?? linkProtocol, {
    createConnection: open,
    perMessageDeflate: false,
  })
  const frames: ToEdge[] = []
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const one of waiting) one()
  }
  let code: number | undefined
  ws.on('message', (data: Buffer) => {
    frames.push(ToEdge.parse(JSON.parse(data.toString('utf8'))))
    wake()
  })
  ws.on('close', (value) => {
    code = value
    wake()
  })
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve)
    ws.on('error', reject)
    ws.once('unexpected-response', (_, response) => {
      let text = ''
      response.on('data', (part: Buffer) => (text += part.toString()))
      response.on('end', () =>
        reject(Object.assign(new Error(text), { status: response.statusCode, wait: response.headers['retry-after'] })),
      )
    })
  })
  const timers = new Set<NodeJS.Timeout>()
  const until = <T>(find: () => T | undefined, what: string, patienceMs: number): Promise<T> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        waiting.delete(look)
        timers.delete(late)
        reject(new Error(`no ${what}; there were: ${JSON.stringify(frames).slice(0, 500)}, close ${code ?? 'not yet'}`))
      }, patienceMs)
      const look = (): void => {
        const found = find()
        if (found === undefined) return
        clearTimeout(late)
        timers.delete(late)
        waiting.delete(look)
        resolve(found)
      }
      timers.add(late)
      waiting.add(look)
      look()
    })
  return {
    ws,
    frames,
    send: (frame) => ws.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame)),
    next: <T extends ToEdge['type']>(type: T, patienceMs = 30_000) =>
      until(
        () => {
          const at = frames.findIndex((frame) => frame.type === type)
          const frame = frames[at]
          if (frame === undefined || !isOf(frame, type)) return undefined
          frames.splice(at, 1)
          return frame
        },
        type,
        patienceMs,
      ),
    closed: (patienceMs = 30_000) => until(() => code, 'close', patienceMs),
    end: () => {
      // Who still waits, beside an answer of another kind, does not keep the process.
      for (const timer of timers) clearTimeout(timer)
      ws.terminate()
    },
  }
}

export const none: Revisions = { policy: 0, orders: 0, permits: 0, risk: 0 }
export const hello = (have: Partial<Revisions> = {}, store = 'store-1'): FromEdge => ({
  type: 'hello',
  version: '1.0.0',
  store,
  have: { ...none, ...have },
  newest: 0,
  at: Date.now(),
})

/** @param held what is in force of orders */
export const digest = (revision: number, held: readonly { id: string; revision: number }[]): Digest => ({
  type: 'digest',
  at: Date.now(),
  policy: { revision: 0, digest: '0'.repeat(64), state: 'local', intact: true },
  streams: stateStreams.map((stream) => {
    const rows = stream === 'orders' ? held : []
    const hash = stateDigest(rows)
    return { stream, revision: stream === 'orders' ? revision : 0, count: rows.length, hash, enforced: rows.length }
  }),
  status: 'enforcing',
  alarms: [],
  waiting: 7,
})
