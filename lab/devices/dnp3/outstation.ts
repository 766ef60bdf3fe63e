/**
 * An outstation: level and setpoint as analog inputs, an inlet that is operated by a control block, a setpoint as analog output.
 *   ip netns exec rtu node lab/devices/dnp3/outstation.ts --host 198.18.1.77
 */
import type { Socket } from 'node:net'
import { print } from '../arguments.ts'
import type { Line } from '../line.ts'
import { serveLine } from '../serve-line.ts'
import { eachMessage } from '../stream.ts'
import { build, control, fn, measure, only, read } from './frames.ts'

/** Internal indications, as they stand in an answer. */
const indications = { none: [0, 0], noFunction: [0, 1], unknownObject: [0, 2], badParameter: [0, 4] } as const
const address = 10
const latchOn = 3
const status = { success: 0, notSupported: 4, outOfRange: 12 } as const

/** Analog inputs 0 and 1 of 32 bits with flags (30:1), binary input 0 with flags (1:2). */
const values = (line: Line): Buffer => {
  const analogs = Buffer.from([30, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0])
  analogs.writeInt32LE(Math.round(line.level * 10), 6)
  analogs.writeInt32LE(Math.round(line.setpoint), 11)
  return Buffer.concat([analogs, Buffer.from([1, 2, 0, 0, 0, line.tank.inletOpen ? 0x81 : 0x01])])
}

/** A control block (12:1) or an analog output of 16 bits (41:2), each with a number of one or two octets before it. */
const operate = (line: Line, objects: Buffer): Buffer => {
  const [group, variation, qualifier] = objects
  const wide = qualifier === 0x28 ? 2 : 1
  const at = 3 + wide
  const point = wide === 2 ? objects.readUInt16LE(at) : (objects[at] ?? 0)
  const value = at + wide
  const echo = Buffer.from(objects)
  const last = echo.length - 1
  if (point !== 0) echo[last] = status.notSupported
  else if (group === 12 && variation === 1) line.open((objects[value] ?? 0) === latchOn)
  else if (group === 41 && variation === 2)
    echo[last] = line.set(objects.readInt16LE(value)) ? status.success : status.outOfRange
  else echo[last] = status.notSupported
  return echo
}

const accept = (socket: Socket, line: Line): void => {
  let transport = 0
  eachMessage(socket, measure, (message) => {
    const frame = read(message)
    if (frame === undefined) {
      print({ kind: 'checksum', bytes: message.toString('hex') })
      return
    }
    if (frame.to !== address || (frame.control & 0x0f) !== 4) return
    const [, sequence = 0, what = 0] = frame.data
    const objects = frame.data.subarray(3)
    const say = ([first, second]: readonly [number, number], data: Buffer = Buffer.alloc(0)) => {
      const head = Buffer.from([only | (transport++ & 0x3f), only | (sequence & 15), fn.response, first, second])
      const { from } = frame
      socket.write(build({ control: control.outstation, to: from, from: address, data: Buffer.concat([head, data]) }))
    }
    if (what === fn.read) say(indications.none, values(line))
    else if (what === fn.directOperate) say(indications.none, operate(line, objects))
    else if (what === fn.coldRestart) {
      print({ kind: 'restart' })
      // It is back after so many milliseconds (52:2).
      say(indications.none, Buffer.from([52, 2, 7, 1, 100, 0]))
    } else if (what !== fn.confirm) say(indications.noFunction)
  })
}

await serveLine(20000, (line) => (socket) => accept(socket, line))
