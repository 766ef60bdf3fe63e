/**
 * A server that talks before it is asked: three answers to nothing as soon as somebody connects, then one to every request of twelve
 * bytes, with another answer to nothing before it.
 */
import { createServer } from 'node:net'

const unasked = Buffer.from('777700000007ff0304dead0001', 'hex')
const server = createServer((socket) => {
  socket.on('error', () => undefined)
  for (let count = 0; count < 3; count++) socket.write(unasked)
  socket.on('data', (bytes) => {
    for (let at = 0; at + 12 <= bytes.length; at += 12) {
      socket.write(unasked)
      socket.write(Buffer.concat([bytes.subarray(at, at + 2), Buffer.from('00000007ff030400fa0041', 'hex')]))
    }
  })
})
server.listen(502, '::', () => process.stdout.write('{"kind":"listening"}\n'))
