/**
 * An outstation that speaks IEC 60870-5-104: level (3001) and setpoint (3002) as measured values, inlet (1001) as a single point,
 * commands for the inlet (5001) and the setpoint (5002).
 *   ip netns exec substation node lab/devices/iec104/outstation.ts --host 198.18.1.78
 */
import type { Socket } from 'node:net'
import { print } from '../arguments.ts'
import type { Line } from '../line.ts'
import { serveLine } from '../serve-line.ts'
import { build, cause, float, read, type, type Asdu } from './asdu.ts'
import { Link, unnumbered } from './link.ts'

const station = 1
const points = { inlet: 1001, level: 3001, setpoint: 3002, openInlet: 5001, set: 5002 } as const

const valueOf = (line: Line, object: number): { type: number; value: Buffer } | undefined => {
  if (object === points.inlet) return { type: type.single, value: Buffer.from([line.tank.inletOpen ? 1 : 0]) }
  if (object === points.level) return { type: type.float, value: float(line.level) }
  return object === points.setpoint ? { type: type.float, value: float(line.setpoint) } : undefined
}

const accept = (socket: Socket, line: Line): void => {
  const link = new Link(
    socket,
    (data) => answer(read(data)),
    (code) => {
      if (code === unnumbered.start) link.unnumbered(unnumbered.started)
    },
    (what) => print({ kind: 'out-of-turn', what }),
  )
  const report = (object: number, why: number): void => {
    const found = valueOf(line, object)
    if (found !== undefined) link.send(build({ ...found, cause: why, refused: false, station, object }))
  }
  const answer = (asked: Asdu): void => {
    const confirm = (done: boolean) => link.send(build({ ...asked, cause: cause.activated, refused: !done }))
    switch (asked.type) {
      case type.interrogation:
        confirm(true)
        for (const object of [points.inlet, points.level, points.setpoint]) report(object, cause.interrogated)
        link.send(build({ ...asked, cause: cause.ended }))
        break
      case type.read:
        report(asked.object, cause.request)
        break
      case type.command:
        if (asked.object === points.openInlet) line.open(((asked.value[0] ?? 0) & 1) === 1)
        confirm(asked.object === points.openInlet)
        break
      case type.setpoint:
        confirm(asked.object === points.set && line.set(asked.value.readFloatLE(0)))
        break
      case type.reset:
        print({ kind: 'restart' })
        confirm(true)
        break
      default:
        // Unknown type: mirrored with that cause.
        link.send(build({ ...asked, cause: 44, refused: true }))
    }
  }
}

await serveLine(2404, (line) => (socket) => accept(socket, line))
