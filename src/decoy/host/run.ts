/** The decoy host: decoys' sockets come from the edge, orders on one pipe, reports on the other. It opens nothing itself. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { releaseMemory } from '#linux/process.ts'
import type { HostOrder, HostStation } from '#schema/decoy-host.ts'
import { certificates } from './certificates.ts'
import { connections } from './connections.ts'
import { contacts } from './contacts.ts'
import type { Counts, HostContext } from './context.ts'
import { datagrams } from './datagrams.ts'
import { encounters } from './encounters.ts'
import { gate } from './gate.ts'
import { clocks, lateness } from './lateness.ts'
import { limits as standard, type Limits } from './limits.ts'
import { logins } from './logins.ts'
import { orderReader } from './orders.ts'
import type { HostParts } from './parts.ts'
import { recordings } from './recordings.ts'
import { reports } from './reports.ts'
import { logger, powers, roomForConnections } from './self.ts'
import { shares } from './shares.ts'
import { stations } from './stations.ts'

/** ms between two looks at what has run out, and between two tellings of what was summed. */
const sweepEvery = 1000
const flushEvery = 100
/** ms between two looks at whether the event loop is late. */
const lookEvery = 50
/** ms between two attempts to give memory back. */
const releaseEvery = 5000
/** ms for which the last reports may take their time when the edge has closed its end. */
const farewell = 400
/** Recordings that are told in each `flushEvery`: the edge writes each to a file. */
const recordingsAtOnce = 10
/** Runs until the edge closes its end of the pipe. */
export const runHost = (parts: HostParts, given: Partial<Limits> = {}): void => {
  process.title = 'bulkhead-decoys'
  // Every reset connection makes an error that nobody reads.
  Error.stackTraceLimit = 3
  const log = logger((line) => process.stderr.write(line))
  const held = powers(readFileSync('/proc/self/status', 'utf8'))
  if (held.length > 0) {
    log(`A decoy host must have no capability; this one has some (${held.join(', ')}).`)
    process.exitCode = 1
    return
  }
  const wanted = { ...standard, ...given }
  const limits: Limits = {
    ...wanted,
    connections: roomForConnections(readFileSync('/proc/self/limits', 'utf8'), wanted.connections),
  }

  // process.stdout may write synchronously: an edge that reads slowly would stop every conversation.
  const pipe = new Socket({ fd: 1, readable: false, writable: true })
  pipe.on('error', () => process.exit(0))
  const out = reports(pipe)
  const { now } = Date
  const counts: Counts = { accepted: 0, refused: 0, faults: 0, secure: 0, queued: 0 }
  const fault = (where: string, error: unknown): void => {
    counts.faults++
    log(`${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  process.on('uncaughtException', (error) => fault('uncaught', error))

  const told = contacts({
    perSecond: limits.contacts,
    most: limits.sources,
    now,
    write: (contact) => {
      if (!contact.spent) return out.offer(contact)
      out.tell(contact)
      return true
    },
  })
  const tapes = recordings(limits.recording, limits.recordings, now)
  const run = randomBytes(6).toString('hex')
  let lastId = 0

  const begin = ({ stations: placed, honeytokens, verify }: Extract<HostOrder, { type: 'begin' }>) => {
    const classify = parts.classifier?.({ honeytokens, key: randomBytes(32), personas: parts.personas })
    const host: HostContext = {
      parts,
      limits,
      gate: gate(limits, now),
      encounters: encounters(limits, told),
      recordings: tapes,
      logins: logins({ limits, verify, classify, now, tell: out.tell }),
      shares: shares(limits.share, limits.shareWindow, () => performance.now()),
      stations: stations(parts.personas),
      certificates: certificates(parts.certificate),
      counts,
      now,
      nextId: () => `${run}-${(++lastId).toString(36)}`,
      fault,
    }
    const tcp = connections(host)
    const udp = datagrams(host)
    const serve = (station: HostStation): void => {
      if (host.stations.add(station) === undefined)
        return fault(
          `station ${station.id}`,
          new Error(`no persona ${station.persona}, or a second station of this name`),
        )
      for (const { fd, transport, port } of station.sockets) {
        try {
          if (transport === 'tcp') tcp.serve(station.id, fd, port)
          else udp.serve(station.id, fd, port)
        } catch (error) {
          fault(`${transport}/${port} of station ${station.id}`, error)
        }
      }
    }
    for (const station of placed) serve(station)
    return { host, tcp, udp }
  }
  let running: ReturnType<typeof begin> | undefined
  const loop = lateness(lookEvery, limits.lag, clocks)

  const obey = (order: HostOrder): void => {
    if (order.type === 'begin') {
      if (running !== undefined) return log('An order was ignored: the host has begun already.')
      running = begin(order)
      // To begin takes a while; whoever waits by then is let in.
      return loop.forget()
    }
    if (order.type === 'status') {
      out.tell({
        type: 'status',
        memory: process.memoryUsage.rss(),
        connections: running?.host.gate.open ?? 0,
        accepted: counts.accepted,
        refused: counts.refused,
        faults: counts.faults,
      })
      return
    }
    if (running === undefined) return log(`An order was ignored: "${order.type}" before "begin".`)
    const { host, tcp, udp } = running
    switch (order.type) {
      case 'move':
        if (!host.stations.move(order.station, order.decoys))
          return log(`An order was ignored: no station "${order.station}".`)
        tcp.moved(order.station)
        udp.sweep()
        return
      case 'go-on':
        host.gate.forgive(order.source)
        return host.encounters.goOn(order.source)
      case 'cut':
        host.gate.cut(order.source)
        host.encounters.cut(order.source)
        return tcp.cut(order.source)
      case 'verified':
        return host.logins.verified(order)
      default:
        return order satisfies never
    }
  }

  const tellRecordings = (most: number): void => {
    for (let count = 0; count < most && out.hasRoom(); count++) {
      const recording = tapes.next()
      if (recording === undefined || !out.offer(recording)) return
    }
  }
  setInterval(() => {
    told.flush()
    tellRecordings(recordingsAtOnce)
  }, flushEvery)
  setInterval(() => {
    if (running === undefined) return
    keepWithin()
    running.tcp.sweep()
    running.udp.sweep()
  }, sweepEvery)

  setInterval(() => running?.host.gate.shut('time', loop.look()), lookEvery)
  let released = 0
  const keepWithin = (): void => {
    // Most of what a flood used is free by then and only not given back; that takes some 20 ms, so not each time.
    if (process.memoryUsage.rss() > limits.memory && now() - released > releaseEvery) {
      releaseMemory()
      released = now()
    }
    running?.host.gate.shut('memory', process.memoryUsage.rss() > limits.memory)
  }

  const leave = (): void => {
    running?.tcp.endAll()
    running?.udp.endAll()
    // Sockets say that they are closed in a later turn; what they recorded is over then.
    setTimeout(() => {
      told.flush()
      tellRecordings(Infinity)
      // Not before what is gathered has gone.
      setImmediate(() => pipe.end(() => process.exit(0)))
    }, 50)
    setTimeout(() => process.exit(0), farewell)
  }
  const reader = orderReader(obey, (why) => log(`An order was ignored: ${why}`))
  process.stdin.on('data', (bytes) => {
    try {
      reader.take(Buffer.from(bytes))
    } catch (error) {
      fault('an order', error)
    }
  })
  process.stdin.on('end', leave).on('error', leave)
  out.tell({ type: 'ready', pid: process.pid, uid: process.getuid?.() ?? -1 })
}
