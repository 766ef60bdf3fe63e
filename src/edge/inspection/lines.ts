/** A unix socket that answers one JSON line with another, and its client. */
import { rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { messageOf } from '#core/errors.ts'

/** Characters of one line at most: a report with all it can hold. */
const longest = 16 << 20

const eachLine = (socket: Socket, take: (line: string) => void): void => {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longest) socket.destroy()
    for (const line of lines) take(line)
  })
}

/** What comes with an order. */
type Words = Readonly<Record<string, unknown>>
type Orders = Readonly<Record<string, (words: Words) => object>>

const answerTo = (line: string, orders: Orders): object => {
  try {
    const words: Words = JSON.parse(line)
    const { order } = words
    const found = typeof order === 'string' && Object.hasOwn(orders, order) ? orders[order] : undefined
    return found === undefined ? { error: 'there is no such order' } : found(words)
  } catch (error) {
    return { error: messageOf(error) }
  }
}

/** Serves orders by name, one line `{"order":"…"}` each. What cannot be read is answered with an error, never with an end. */
export const serveLines = (path: string, orders: Orders): Server => {
  rmSync(path, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    eachLine(socket, (line) => {
      if (socket.writable) socket.write(`${JSON.stringify(answerTo(line, orders))}\n`)
    })
  })
  const before = process.umask(0o077)
  server.listen(path)
  process.umask(before)
  return server
}

/** Sends one order, with what belongs to it, and gives its answer. @throws Error when nobody answers in time */
export const askLine = (path: string, order: string, timeoutMs = 1000, words: Words = {}): Promise<unknown> => {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const socket = createConnection(path)
  const timer = setTimeout(() => reject(new Error('no answer')), timeoutMs)
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('closed without an answer')))
  eachLine(socket, (line) => {
    try {
      resolve(JSON.parse(line))
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)))
    }
  })
  socket.on('connect', () => socket.write(`${JSON.stringify({ ...words, order })}\n`))
  return promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}
