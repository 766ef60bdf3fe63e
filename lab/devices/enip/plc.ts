/**
 * A controller that speaks EtherNet/IP: the tags `Level` and `Setpoint`, and an identity that can be stopped and reset.
 *   ip netns exec plc-label node lab/devices/enip/plc.ts --host 198.18.1.76
 */
import type { Socket } from 'node:net'
import type { Line } from '../line.ts'
import { serveLine } from '../serve-line.ts'
import { eachMessage } from '../stream.ts'
import { command, contentOf, item, itemsOf, measure, reply, withItems } from './frames.ts'
import { Objects } from './objects.ts'

const invalidCommand = 1

const accept = (socket: Socket, line: Line): void => {
  const objects = new Objects(line)
  let session = 0
  eachMessage(socket, measure, (message) => {
    const what = message.readUInt16LE(0)
    const content = contentOf(message)
    if (what === command.register) {
      session = 0x0b0b0b0b
      socket.write(reply(message, session, content))
    } else if (what === command.unregister) socket.end()
    else if (what === command.unconnected) {
      const asked = itemsOf(content).find(({ type }) => type === item.unconnectedData)
      if (asked === undefined) return
      const answer = { type: item.unconnectedData, data: objects.answer(asked.data) }
      socket.write(reply(message, session, withItems([{ type: item.nobody, data: Buffer.alloc(0) }, answer])))
    } else if (what === command.connected) {
      const asked = itemsOf(content).find(({ type }) => type === item.connectedData)
      if (asked === undefined) return
      const number = Buffer.alloc(4)
      number.writeUInt32LE(objects.toClient)
      const data = Buffer.concat([asked.data.subarray(0, 2), objects.answer(asked.data.subarray(2))])
      const answer = withItems([
        { type: item.connection, data: number },
        { type: item.connectedData, data },
      ])
      socket.write(reply(message, session, answer))
    } else socket.write(reply(message, session, Buffer.alloc(0), invalidCommand))
  })
}

await serveLine(44818, (line) => {
  line.tell()
  return (socket) => accept(socket, line)
})
