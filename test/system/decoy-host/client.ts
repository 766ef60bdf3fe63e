/** Somebody who talks to a decoy. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { bindUdpIn, connectIn } from '#linux/namespace-sockets.ts'

export interface Client {
  readonly socket: Socket
  say(text: string): void
  /** All that was heard, once there is this much or the connection is over or time is. */
  heard(bytes?: number, ms?: number): Promise<string>
  readonly isClosed: () => boolean
  /** Resolves with whether the other end was done with it in time; then it is over on this side too. */
  closed(ms?: number): Promise<boolean>
}

export const clientOf = (socket: Socket): Client => {
  let heard = ''
  let closed = false
  const wakers = new Set<() => void>()
  const wake = (): void => wakers.forEach((awake) => awake())
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1')
    wake()
  })
  socket.on('error', () => {})
  for (const end of ['end', 'close'] as const)
    socket.on(end, () => {
      closed = true
      wake()
    })
  const wait = async (isDone: () => boolean, ms: number): Promise<boolean> => {
    if (isDone()) return true
    const { promise, resolve } = Promise.withResolvers<void>()
    const awake = (): void => (isDone() ? resolve() : undefined)
    const late = setTimeout(resolve, ms)
    wakers.add(awake)
    await promise
    wakers.delete(awake)
    clearTimeout(late)
    return isDone()
  }
  return {
    socket,
    say: (text) => void socket.write(text),
    heard: async (bytes = 1, ms = 30_000) => {
      await wait(() => heard.length >= bytes || closed, ms)
      return heard
    },
    isClosed: () => closed,
    closed: async (ms = 30_000) => {
      const isOver = await wait(() => closed, ms)
      socket.destroy()
      return isOver
    },
  }
}

/** Connects, in a namespace where one is named, or finds the connection refused. */
export const dial = async (
  host: string,
  port: number,
  localAddress = '198.18.9.1',
  namespace?: string,
): Promise<Client> => {
  if (namespace !== undefined) return clientOf(await connectIn(namespace, { host, port, localAddress }))
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

export const datagramsFrom = async (address: string, namespace?: string): Promise<Datagrams> => {
  const socket: UdpSocket = createSocket('udp4')
  const heard: { text: string; from: string }[] = []
  socket.on('message', (bytes, { address: from }) => heard.push({ text: bytes.toString('latin1'), from }))
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.bind({ fd: bindUdpIn(namespace, { host: address, port: 0 }) }, resolve))
  return {
    send: (text, host, port) => socket.send(text, port, host),
    heard,
    until: async (count, ms = 30_000) => {
      for (const deadline = performance.now() + ms; heard.length < count && performance.now() < deadline;)
        await sleep(5)
    },
    close: () => socket.close(),
  }
}
