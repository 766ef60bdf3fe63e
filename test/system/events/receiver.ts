/**
 * A collector of syslog over TCP (RFC 6587, octet counting), or TLS with a certificate. Prints its port, then every message as a line of
 * JSON.
 *   node receiver.ts [--cert FILE --key FILE]
 */
import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { cert: { type: 'string' }, key: { type: 'string' } } })
const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

const take = (socket: Socket): void => {
  let rest = Buffer.alloc(0)
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const space = rest.indexOf(' ')
      const length = Number(rest.subarray(0, space))
      if (space < 0 || rest.length < space + 1 + length) return
      print({ message: rest.subarray(space + 1, space + 1 + length).toString() })
      rest = rest.subarray(space + 1 + length)
    }
  })
}

const { cert, key } = values
const server =
  cert === undefined || key === undefined
    ? createServer(take)
    : createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, take)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') print({ port: address.port })
})
process.stdin.on('close', () => process.exit(0))
