/** Syslog over TCP and TLS. */
import type { Socket } from 'node:net'
import { backoff, type BackoffOptions, type Outlet, reasonOf, type Transport } from './transport.ts'
import type { Message } from './queue.ts'

export interface StreamOptions extends BackoffOptions {
  /** Opens a socket and calls back when it can be written to. */
  readonly dial: (ready: () => void) => Socket
  /** Milliseconds without any progress after which a connection is given up. */
  readonly stallMs?: number
}

export const stream = (outlet: Outlet, options: StreamOptions): Transport => {
  const { dial, stallMs = 30_000 } = options
  const waiting = backoff(options)
  /** Written but not yet taken by the operating system. */
  const underway: Message[] = []
  let socket: Socket | undefined
  let writable = false
  let ended = false
  let retry: NodeJS.Timeout | undefined
  let stall: NodeJS.Timeout | undefined

  const watchProgress = (): void => {
    clearTimeout(stall)
    const watched = socket
    if (watched === undefined) return
    stall = setTimeout(() => watched.destroy(new Error('the receiver takes nothing')), stallMs).unref()
  }

  const pump = (): void => {
    const used = socket
    if (used === undefined) return
    while (writable) {
      const message = outlet.queue.shift()
      if (message === undefined) return
      if (underway.length === 0) watchProgress()
      underway.push(message)
      writable = used.write(message.octets, (error) => {
        if (error !== undefined && error !== null) return
        if (used !== socket) return
        underway.shift()
        outlet.sent(1)
        waiting.reset()
        if (underway.length === 0) clearTimeout(stall)
        else watchProgress()
      })
    }
  }

  const connect = (): void => {
    if (ended || socket !== undefined) return
    let trouble: string | undefined
    const opened = dial(() => {
      writable = true
      outlet.trouble(undefined)
      clearTimeout(stall)
      pump()
    })
    socket = opened
    watchProgress()
    // Receivers of syslog do not answer; what they send anyway must be read or the end is never seen.
    opened.resume()
    opened.setKeepAlive(true, 10_000)
    opened.on('drain', () => {
      writable = true
      pump()
    })
    opened.on('error', (error) => (trouble = reasonOf(error)))
    opened.on('close', () => {
      clearTimeout(stall)
      socket = undefined
      writable = false
      outlet.lost(outlet.queue.restore(underway.splice(0)))
      if (ended) return
      outlet.trouble(trouble ?? 'the receiver closed the connection')
      retry = setTimeout(() => {
        retry = undefined
        connect()
      }, waiting.next()).unref()
    })
  }

  connect()
  return {
    get underway() {
      return underway.length
    },
    wake: pump,
    destroy: () => {
      ended = true
      clearTimeout(retry)
      clearTimeout(stall)
      outlet.lost(outlet.queue.restore(underway.splice(0)))
      const open = socket
      socket = undefined
      open?.destroy()
    },
  }
}
