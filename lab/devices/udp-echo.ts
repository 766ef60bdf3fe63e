/**
 * A device that answers every datagram with its own content.
 *   ip netns exec drive-1 node lab/devices/udp-echo.ts --host 198.18.1.20 --port 2222
 */
import { createSocket } from 'node:dgram'
import { onStop, print, readArguments, runDevice } from './arguments.ts'

await runDevice(() => {
  const { host, port } = readArguments({ host: undefined, port: 2222 })
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address))
  socket.on('error', (error) => {
    process.stderr.write(`Cannot serve on ${host} port ${port}: ${error.message}\n`)
    process.exit(4)
  })
  socket.bind(port, host, () => print({ kind: 'listening', host, port }))
  onStop(() => socket.close())
})
