/** UDP: each datagram is a talk of its own, answered within bounds that make a decoy useless for reflection. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '#core/personality.ts'
import { processOf } from '#decoy/process.ts'
import { serveDatagrams, type Datagram, type DatagramSocket } from '#linux/datagram-socket.ts'
import type { HostSession } from '#schema/decoy-host.ts'
import { bounded } from './bounded.ts'
import { buckets } from './bucket.ts'
import type { HostContext } from './context.ts'
import type { Recording } from './recordings.ts'
import { reflection } from './reflection.ts'
import { serviceOf, type Placed, type Station } from './stations.ts'

const longestDelay = 3000
/** Answers that wait at a time, for a decision or until they may leave. */
const mostPending = 2000

/** What one source has with one service of a decoy. */
interface Exchange {
  readonly session: HostSession
  readonly placed: Placed
  readonly recording: Recording
  last: number
}

export interface Datagrams {
  /** @throws SystemError when the descriptor is no socket */
  serve(station: string, fd: number, port: number): DatagramSocket
  /** Ends what has been silent, and what was with decoys that are there no more. */
  sweep(): void
  endAll(): void
}

export const datagrams = (host: HostContext): Datagrams => {
  const { limits } = host
  // For want of room forgotten means forged, most likely: nobody needs to read it.
  const exchanges = bounded<string, Exchange>(limits.datagramSessions, ({ recording }) => recording.drop())
  const ofSource = buckets(limits.datagramsPerSource, limits.datagramsPerSource, limits.sources, host.now)
  const ofAll = buckets(limits.datagramsInAll, limits.datagramsInAll, 1, host.now)
  const outward = reflection(limits, host.now, (source) => host.gate.isProven(source))
  let pending = 0

  const exchangeOf = (key: string, placed: Placed, begin: () => HostSession): Exchange => {
    const known = exchanges.get(key)
    if (known !== undefined) return known
    const session = begin()
    const exchange = { session, placed, recording: host.recordings.begin(session), last: 0 }
    exchanges.set(key, exchange)
    return exchange
  }

  const send = async (
    socket: DatagramSocket,
    { session, recording }: Exchange,
    to: number,
    answer: Answer,
    taken: number,
  ) => {
    let free = taken * limits.amplification
    for (const bytes of answer.send) {
      const ms = outward.allows(session.source, bytes.length, free)
      if (ms === undefined) return
      free = Math.max(0, free - bytes.length)
      if (ms > 0) await sleep(ms)
      if (host.gate.isCut(session.source)) return
      recording.add(1, bytes)
      socket.send(bytes, session.source, to, session.decoy)
    }
  }

  const reply = async (socket: DatagramSocket, exchange: Exchange, to: number, answer: Answer, taken: number) => {
    const { session, placed, recording } = exchange
    if (answer.attempts !== undefined && !host.logins.take(session, answer.attempts)) recording.drop()
    const step = { first: true, exchanges: answer.exchanges }
    const within = host.encounters.meet(session, placed, step, answer.notes)
    if (answer.send.length === 0 || pending >= mostPending) return
    pending++
    try {
      if (!within && !(await host.encounters.decided(session, placed))) return
      const delay = Math.min(answer.delay ?? 0, longestDelay)
      if (delay > 0) await sleep(delay)
      await send(socket, exchange, to, answer, taken)
    } finally {
      pending--
    }
  }

  /** @returns whether somebody is to be answered at all */
  const isHeard = ({ source, sourcePort, truncated }: Datagram): boolean => {
    // Two decoys that answer each other would never end.
    if (sourcePort === 0 || host.stations.isOwn(source)) return false
    if (
      !host.gate.isCut(source) &&
      !truncated &&
      host.shares.wait(source) === 0 &&
      ofSource.take(source) &&
      ofAll.take('')
    )
      return true
    host.counts.refused++
    return false
  }

  const arrive = (socket: DatagramSocket, { id, persona, decoys }: Station, port: number, datagram: Datagram): void => {
    const placed = decoys.get(datagram.destination)
    const service = serviceOf(persona, 'udp', port)
    if (placed === undefined || service === undefined || !isHeard(datagram)) return
    const personality = host.parts.personalities[service.service]
    if (personality === undefined) throw new Error('no personality of this name')
    const { source, sourcePort } = datagram
    const exchange = exchangeOf(`${source} ${placed.key} ${port}`, placed, () => ({
      id: host.nextId(),
      station: id,
      persona: persona.id,
      decoy: placed.identity.address,
      source,
      sourcePort,
      service: service.service.slice(0, 32),
      transport: 'udp',
      port,
    }))
    exchange.last = host.now()
    // The datagram's own memory is read into again before a held answer leaves.
    const bytes = datagram.bytes.slice()
    exchange.recording.add(0, bytes)
    const { identity } = placed
    const context = { identity, persona, process: processOf(identity.seed), now: host.now, peer: source }
    const start = performance.now()
    const answer = personality.open(context, service.profile, 'udp').take(bytes)
    host.shares.spend(source, performance.now() - start)
    reply(socket, exchange, sourcePort, answer, bytes.length).catch((error: unknown) =>
      host.fault(`${service.service} at ${identity.address}`, error),
    )
  }

  const endWhere = (isEnded: (exchange: Exchange) => boolean): void => {
    for (const [key, exchange] of exchanges.entries()) {
      if (!isEnded(exchange)) continue
      exchanges.delete(key)
      exchange.recording.end()
    }
  }
  return {
    serve: (id, fd, port) => {
      const socket: DatagramSocket = serveDatagrams(fd, (datagram) => {
        try {
          const station = host.stations.get(id)
          if (station !== undefined) arrive(socket, station, port, datagram)
        } catch (error) {
          host.fault(`datagram to port ${port}`, error)
        }
      })
      return socket
    },
    sweep: () => {
      const silent = host.now() - limits.datagramIdle
      endWhere(
        ({ session, placed, last }) =>
          last < silent || host.stations.at(session.station, session.decoy)?.key !== placed.key,
      )
    },
    endAll: () => endWhere(() => true),
  }
}
