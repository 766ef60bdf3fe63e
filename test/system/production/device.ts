/**
 * A controller as slow as real ones: answers every 8-byte poll, over TCP 502 and UDP 2222, a while after it came. Pollers
 * therefore nearly always wait for an answer.
 *   node device.ts --host 198.18.1.10 --delay 20
 */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { onStop, print, readArguments, runDevice } from '#lab/devices/arguments.ts'

await runDevice(() => {
  const { host, delay } = readArguments({ host: undefined, delay: 20 })
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => setTimeout(() => socket.writable && socket.write(bytes), delay))
  })
  const datagrams = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  datagrams.on('message', (bytes, from) => setTimeout(() => datagrams.send(bytes, from.port, from.address), delay))
  datagrams.bind(2222, host, () => server.listen(502, host, () => print({ kind: 'listening' })))
  onStop(() => process.exit(0))
})
