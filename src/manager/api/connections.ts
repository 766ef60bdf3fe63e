/** Connections of people and programs: whoever takes many leaves room for the others. */
import type { Server, Socket } from 'node:net'
import { networkOf, places } from '../places.ts'

/** Held at a time. */
export const mostConnections = 512
/** ms between two lines of the log about refused connections. */
const quietMs = 60_000

/**
 * Lets no address hold all connections of a server. Before TLS nothing can be said: what is too much is closed.
 * @param refused told now and then: whose, and how many of all since it was told last
 */
export const shareConnections = (server: Server, refused: (address: string, count: number) => void): void => {
  const room = places(mostConnections)
  let told = -quietMs
  let count = 0
  server.maxConnections = mostConnections
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const end = room.take(networkOf(address))
    if (end !== undefined) {
      socket.once('close', end)
      return
    }
    socket.destroy()
    count++
    if (performance.now() - told < quietMs) return
    refused(address, count)
    told = performance.now()
    count = 0
  })
}
