/** Syslog over UDP (RFC 5426): nobody says whether it arrived. */
import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns'
import { backoff, type BackoffOptions, type Outlet, reasonOf, type Transport } from './transport.ts'

export interface DatagramOptions extends BackoffOptions {
  readonly host: string
  readonly port: number
}

/** Datagrams handed to the operating system at once. */
const limit = 64
/** Milliseconds after which a name is looked up again. */
const fresh = 300_000

export const datagram = (outlet: Outlet, options: DatagramOptions): Transport => {
  const { host, port } = options
  const waiting = backoff(options)
  let socket: Socket | undefined
  let ended = false
  let underway = 0
  let timer: NodeJS.Timeout | undefined

  const pump = (): void => {
    const used = socket
    if (used === undefined) return
    while (underway < limit) {
      const message = outlet.queue.shift()
      if (message === undefined) return
      underway++
      used.send(message.octets, (error) => {
        underway--
        if (error === null || error === undefined) {
          outlet.sent(1)
          waiting.reset()
        } else {
          outlet.lost(1)
          again(reasonOf(error), used)
        }
        pump()
      })
    }
  }

  const later = (milliseconds: number): void => {
    clearTimeout(timer)
    timer = setTimeout(open, milliseconds).unref()
  }
  const again = (reason: string | undefined, used: Socket | undefined): void => {
    if (ended || used !== socket) return
    socket = undefined
    used?.close()
    if (reason !== undefined) outlet.trouble(reason)
    later(reason === undefined ? 0 : waiting.next())
  }

  const open = (): void => {
    lookup(host, (error, address, family) => {
      if (ended) return
      if (error !== null) {
        outlet.trouble(reasonOf(error))
        later(waiting.next())
        return
      }
      const made = createSocket(family === 6 ? 'udp6' : 'udp4')
      // An ICMP error of an earlier datagram arrives here: it is not known which one was lost.
      made.on('error', (failure) => again(reasonOf(failure), made))
      // Without a route there the kernel refuses, and Node gives the error to what it was to call.
      made.connect(port, address, (refused?: Error) => {
        if (ended) return made.close()
        if (refused !== undefined && refused !== null) {
          made.close()
          outlet.trouble(reasonOf(refused))
          return later(waiting.next())
        }
        socket = made
        made.unref()
        outlet.trouble(undefined)
        clearTimeout(timer)
        timer = setTimeout(() => again(undefined, made), fresh).unref()
        return pump()
      })
    })
  }

  open()
  return {
    get underway() {
      return underway
    },
    wake: pump,
    destroy: () => {
      ended = true
      clearTimeout(timer)
      const used = socket
      socket = undefined
      used?.close()
    },
  }
}
