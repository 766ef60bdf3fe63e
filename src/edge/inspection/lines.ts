/** A unix socket that answers one JSON line with another, and its client. */
import { rmSync } from 'node:fs'
import { createConnection, createServer, type Server } from 'node:net'
import { createInterface } from 'node:readline'

/** Serves orders by name, one line `{"order":"…"}` each. What cannot be read is answered with an error, never with an end. */
export const serveLines = (path: string, orders: Readonly<Record<string, () => object>>): Server => {
  rmSync(path, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    createInterface({ input: socket }).on('line', (line) => {
      let answer: object
      try {
        const { order }: { order?: unknown } = JSON.parse(line)
        const found = typeof order === 'string' && Object.hasOwn(orders, order) ? orders[order] : undefined
        answer = found === undefined ? { error: 'there is no such order' } : found()
      } catch (error) {
        answer = { error: error instanceof Error ? error.message : String(error) }
      }
      if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`)
    })
  })
  const before = process.umask(0o077)
  server.listen(path)
  process.umask(before)
  server.unref()
  return server
}

/** Sends one order and gives its answer. @throws Error when nobody answers in time */
export const askLine = (path: string, order: string, timeoutMs = 1000): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(path)
    const timer = setTimeout(() => fail(new Error('no answer')), timeoutMs)
    const fail = (error: Error) => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('closed')))
    createInterface({ input: socket }).once('line', (line) => {
      clearTimeout(timer)
      socket.destroy()
      try {
        resolve(JSON.parse(line))
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
    socket.write(`${JSON.stringify({ order })}\n`)
  })
