/** TCP: who connects to a decoy, whether he may, and everybody who does. */
import { Socket } from 'node:net'
import { localAddress, resetConnection, serveConnections, type Arrival, type Listener } from '#linux/accept.ts'
import type { HostSession } from '#schema/decoy-host.ts'
import type { HostContext } from './context.ts'
import { converse, type Conversation, type Place } from './conversation.ts'
import { serviceOf } from './stations.ts'

export interface Connections {
  /** @throws SystemError when the descriptor is no listening socket */
  serve(station: string, fd: number, port: number): Listener
  /** Ends everything of a source. */
  cut(source: string): void
  /** Ends what a station has with decoys that are there no more. */
  moved(station: string): void
  sweep(): void
  endAll(): void
}

export const connections = (host: HostContext): Connections => {
  /** What is to be done when each is over. */
  const open = new Map<Conversation, () => void>()

  const placeOf = (station: string, port: number, { fd, source, sourcePort }: Arrival): Place | undefined => {
    const address = localAddress(fd)
    const placed = address === undefined ? undefined : host.stations.at(station, address)
    const persona = host.stations.get(station)?.persona
    const service = persona === undefined ? undefined : serviceOf(persona, 'tcp', port)
    if (placed === undefined || persona === undefined || service === undefined || sourcePort === 0) return undefined
    const session: HostSession = {
      id: host.nextId(),
      station,
      persona: persona.id,
      decoy: placed.identity.address,
      source,
      sourcePort,
      service: service.service.slice(0, 32),
      transport: 'tcp',
      port,
    }
    return { session, placed, persona, service }
  }

  const arrive = (station: string, port: number, arrival: Arrival): void => {
    const { fd, source } = arrival
    if (host.gate.isCut(source)) {
      host.counts.refused++
      return resetConnection(fd)
    }
    const place = placeOf(station, port, arrival)
    if (place === undefined) return resetConnection(fd)
    if (host.gate.open >= host.limits.connections) makeRoom(open.keys())
    if (!host.gate.admit(source)) {
      host.counts.refused++
      resetConnection(fd)
      // It completed a handshake with a decoy, whether there is room for it or not.
      host.encounters.meet(place.session, place.placed, { first: true, exchanges: 0 })
      return
    }
    host.counts.accepted++
    const socket = new Socket({ fd, readable: true, writable: true, allowHalfOpen: true })
    socket.setNoDelay(true)
    const onEnd = (): void => {
      if (open.delete(conversation)) host.gate.release(source)
    }
    const makeSecureRoom = (): void => makeRoom(open.keys().filter(({ secure }) => secure))
    const conversation = converse(host, socket, place, { onEnd, makeSecureRoom })
    open.set(conversation, onEnd)
  }

  /** Whoever only holds a connection, or sixty sources that do, must not make decoys refuse everybody else. */
  const makeRoom = (all: Iterable<Conversation>): void => {
    let silent: Conversation | undefined
    for (const one of all) if (silent === undefined || one.last < silent.last) silent = one
    if (silent === undefined || host.now() - silent.last < host.limits.patience) return
    silent.destroy()
    open.get(silent)?.()
  }

  const endWhere = (isEnded: (place: Place) => boolean): void => {
    for (const conversation of open.keys()) if (isEnded(conversation.place)) conversation.destroy()
  }
  return {
    serve: (station, fd, port) =>
      serveConnections(fd, (arrival) => {
        try {
          arrive(station, port, arrival)
        } catch (error) {
          host.fault(`connection to port ${port}`, error)
        }
      }),
    cut: (source) => endWhere(({ session }) => session.source === source),
    moved: (station) =>
      endWhere(
        ({ session, placed }) =>
          session.station === station && host.stations.at(station, session.decoy)?.key !== placed.key,
      ),
    sweep: () => {
      const now = host.now()
      for (const conversation of open.keys()) conversation.sweep(now)
    },
    endAll: () => endWhere(() => true),
  }
}
