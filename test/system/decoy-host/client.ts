/** Somebody who talks to a decoy. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Client {
  readonly socket: Socket
  say(text: string): void
  /** All that was heard, once there is this much or the connection is over or time is. */
  heard(bytes?: number, ms?: number): Promise<string>
  readonly isClosed: () => boolean
  /** Resolves with whether it was over in time. */
  closed(ms?: number): Promise<boolean>
}

export const clientOf = (socket: Socket): Client => {
  let heard = ''
  let closed = false
  socket.on('data', (bytes) => (heard += bytes.toString('latin1')))
  socket.on('error', () => {})
  socket.on('close', () => (closed = true))
  const wait = async (isDone: () => boolean, ms: number): Promise<boolean> => {
    const deadline = performance.now() + ms
    while (!isDone()) {
      if (performance.now() > deadline) return false
      await sleep(5)
    }
    return true
  }
  return {
    socket,
    say: (text) => void socket.write(text),
    heard: async (bytes = 1, ms = 3000) => {
      await wait(() => heard.length >= bytes || closed, ms)
      return heard
    },
    isClosed: () => closed,
    closed: (ms = 3000) => wait(() => closed, ms),
  }
}

/** Connects, or finds the connection refused. */
export const dial = async (host: string, port: number, localAddress = '198.18.9.1'): Promise<Client> => {
  const socket = connect({ host, port, localAddress, allowHalfOpen: true })
  const client = clientOf(socket)
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {})
  return client
}

export interface Datagrams {
  send(text: string | Uint8Array, host: string, port: number): void
  readonly heard: { readonly text: string; readonly from: string }[]
  /** Resolves when so many answers have come, or after `ms`. */
  until(count: number, ms?: number): Promise<void>
  close(): void
}

export const datagramsFrom = async (address: string): Promise<Datagrams> => {
  const socket: UdpSocket = createSocket('udp4')
  const heard: { text: string; from: string }[] = []
  socket.on('message', (bytes, { address: from }) => heard.push({ text: bytes.toString('latin1'), from }))
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.bind(0, address, resolve))
  return {
    send: (text, host, port) => socket.send(text, port, host),
    heard,
    until: async (count, ms = 3000) => {
      for (const deadline = performance.now() + ms; heard.length < count && performance.now() < deadline; )
        await sleep(5)
    },
    close: () => socket.close(),
  }
}
