/** What the controller answers to CIP services: tags, its identity, and the routing services around them. */
import { print } from '../arguments.ts'
import type { Line } from '../line.ts'
import { answerTo, nothing, requestOf, type Request } from './frames.ts'

const service = {
  getAll: 1,
  reset: 5,
  start: 6,
  stop: 7,
  multiple: 0x0a,
  get: 0x0e,
  set: 0x10,
  read: 0x4c,
  write: 0x4d,
  forwardClose: 0x4e,
  unconnectedSend: 0x52,
  forwardOpen: 0x54,
} as const
const status = { good: 0, path: 5, notSupported: 8, value: 9, attribute: 0x14, someFailed: 0x1e } as const
const managers = { identity: 1, connection: 6 } as const
const types = { dint: 0xc4, real: 0xca } as const

/** The number by which the client calls its connection to this controller. */
const connectionNumber = 0x00c0ffee

const u16 = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8])
const identity = (running: boolean): Buffer => {
  const name = Buffer.from('Bottling line controller', 'latin1')
  const head = Buffer.concat([u16(0xffff), u16(14), u16(1), Buffer.from([32, 1]), u16(running ? 0x3060 : 0x3070)])
  return Buffer.concat([head, Buffer.from('01020304', 'hex'), Buffer.from([name.length]), name])
}

export class Objects {
  readonly #line: Line
  /** Numbers of the connections that clients have opened to be answered on. */
  toClient = 0

  constructor(line: Line) {
    this.#line = line
  }

  answer(bytes: Buffer): Buffer {
    const asked = requestOf(bytes)
    if (asked.class === managers.connection) return this.#route(asked)
    if (asked.service === service.multiple) return this.#multiple(asked)
    if (asked.tag !== undefined) return this.#tag(asked)
    if (asked.class !== managers.identity) return answerTo(asked.service, status.path)
    if (asked.service === service.getAll) return answerTo(asked.service, 0, identity(this.#line.running))
    if (asked.service === service.get && asked.attribute === 7)
      return answerTo(asked.service, 0, identity(this.#line.running).subarray(14))
    if (asked.service === service.get) return answerTo(asked.service, status.attribute)
    if (asked.service === service.stop || asked.service === service.start || asked.service === service.reset) {
      this.#line.run(asked.service !== service.stop)
      return answerTo(asked.service, 0)
    }
    return answerTo(asked.service, status.notSupported)
  }

  #tag({ service: of, tag, data }: Request): Buffer {
    if (tag !== 'Level' && tag !== 'Setpoint') return answerTo(of, status.path)
    if (of === service.read) {
      const value = Buffer.alloc(6)
      value.writeUInt16LE(tag === 'Level' ? types.real : types.dint, 0)
      if (tag === 'Level') value.writeFloatLE(this.#line.level, 2)
      else value.writeInt32LE(this.#line.setpoint, 2)
      return answerTo(of, 0, value)
    }
    if (of !== service.write) return answerTo(of, status.notSupported)
    const fits = tag === 'Setpoint' && data.length >= 8 && data.readUInt16LE(0) === types.dint
    return answerTo(of, fits && this.#line.set(data.readInt32LE(4)) ? 0 : status.value)
  }

  #multiple({ service: of, data }: Request): Buffer {
    const count = data.readUInt16LE(0)
    const starts = Array.from({ length: count }, (_, index) => data.readUInt16LE(2 + index * 2))
    const answers = starts.map((start, index) => this.answer(data.subarray(start, starts[index + 1] ?? data.length)))
    let offset = 2 + count * 2
    const offsets = answers.map(({ length }) => u16((offset += length) - length))
    const failed = answers.some((answer) => answer[2] !== 0)
    return answerTo(of, failed ? status.someFailed : 0, Buffer.concat([u16(count), ...offsets, ...answers]))
  }

  #route({ service: of, data }: Request): Buffer {
    if (of === service.unconnectedSend) return this.answer(data.subarray(4, 4 + data.readUInt16LE(2)))
    const own = Buffer.alloc(4)
    own.writeUInt32LE(connectionNumber)
    // Serial number, vendor and its serial number identify a connection; then the packet intervals, as they were asked for.
    if (of === service.forwardOpen) {
      this.toClient = data.readUInt32LE(6)
      const intervals = [data.subarray(22, 26), data.subarray(28, 32)]
      print({ kind: 'opened', connection: this.toClient })
      return answerTo(of, 0, Buffer.concat([own, data.subarray(6, 10), data.subarray(10, 18), ...intervals, u16(0)]))
    }
    if (of === service.forwardClose) return answerTo(of, 0, Buffer.concat([data.subarray(2, 10), u16(0)]))
    return answerTo(of, status.notSupported, nothing)
  }
}
