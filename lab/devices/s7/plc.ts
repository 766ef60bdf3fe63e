/**
 * A controller that speaks S7: data block 1, RUN and STOP, and a program that can be replaced.
 *   ip netns exec plc-weigh node lab/devices/s7/plc.ts --host 198.18.1.12
 */
import type { Socket } from 'node:net'
import type { Line } from '../line.ts'
import { serveLine } from '../serve-line.ts'
import { eachMessage } from '../stream.ts'
import { build, job, kind, measure, nothing, read, transport, type S7 } from './frames.ts'
import { Memory } from './memory.ts'

/** Area code of data blocks; transport size of single bits. */
const dataBlocks = 0x84
const bit = 1
/** Return codes of items. */
const code = { good: 0xff, noObject: 0x0a, badAddress: 0x05 } as const

interface Item {
  readonly bits: boolean
  readonly block: number
  /** Bytes, and the bit in the first. */
  readonly at: number
  readonly offset: number
  readonly count: number
}

const items = (parameters: Buffer): (Item | undefined)[] =>
  Array.from({ length: parameters[1] ?? 0 }, (_, index) => {
    const at = 2 + index * 12
    if (at + 12 > parameters.length || parameters[at + 2] !== 0x10 || parameters[at + 8] !== dataBlocks)
      return undefined
    const address = parameters.readUIntBE(at + 9, 3)
    const size = parameters[at + 3] ?? 0
    const width = size === bit || size === 2 || size === 3 ? 1 : size === 4 || size === 5 ? 2 : 4
    return {
      bits: size === bit,
      block: parameters.readUInt16BE(at + 6),
      at: address >> 3,
      offset: address & 7,
      count: width * parameters.readUInt16BE(at + 4),
    }
  })

class Controller {
  readonly #line: Line
  readonly #memory: Memory

  constructor(line: Line) {
    this.#line = line
    this.#memory = new Memory(line)
  }

  accept(socket: Socket): void {
    const loading = { name: '', bytes: 0 }
    const say = (of: number, reference: number, parameters: Buffer, data = nothing, error = 0) =>
      socket.write(build({ kind: of, reference, error, parameters, data }))
    eachMessage(socket, measure, (message) => {
      if (message[5] === 0xe0) {
        socket.write(transport(0xd0, message.readUInt16BE(8), 7, message.subarray(11)))
        return
      }
      const asked = read(message)
      if (asked === undefined) return
      // While a block is fetched from the client, the client is the one that answers.
      if (asked.kind === kind.answer && asked.parameters[0] === job.download) {
        loading.bytes += Math.max(0, asked.data.length - 4)
        const more = (asked.parameters[1] ?? 0) & 1
        say(kind.job, asked.reference + 1, this.#fetch(more ? job.download : job.downloadEnded, loading.name))
        return
      }
      if (asked.kind !== kind.job) return
      const [what] = asked.parameters
      if (what === job.setup) say(kind.answer, asked.reference, this.#setup(asked))
      else if (what === job.read) this.#read(asked, say)
      else if (what === job.write) this.#write(asked, say)
      else if (what === job.stop) {
        this.#line.run(false)
        say(kind.answer, asked.reference, Buffer.from([job.stop]))
      } else if (what === job.requestDownload) {
        loading.name = asked.parameters.toString('latin1', 9, 18)
        loading.bytes = 0
        say(kind.answer, asked.reference, Buffer.from([job.requestDownload]))
        say(kind.job, 0x100, this.#fetch(job.download, loading.name))
      } else if (what === job.invoke) {
        this.#invoke(asked.parameters, loading.bytes)
        say(kind.answer, asked.reference, Buffer.from([job.invoke]))
      } else say(kind.acknowledge, asked.reference, nothing, nothing, 0x8104)
    })
  }

  #setup({ parameters }: S7): Buffer {
    const agreed = Buffer.from([job.setup, 0, 0, 8, 0, 8, 0, 240])
    agreed.writeUInt16BE(Math.min(240, parameters.readUInt16BE(6)), 6)
    return agreed
  }

  #fetch(what: number, name: string): Buffer {
    return Buffer.concat([Buffer.from([what, 0, 0, 0, 0, 0, 0, 0, 9]), Buffer.from(name, 'latin1')])
  }

  #read({ reference, parameters }: S7, say: Say): void {
    const found = items(parameters)
    const parts = found.map((item, index): Buffer => {
      const bytes = item === undefined ? undefined : this.#memory.read(item.block, item.at, item.count)
      if (item === undefined || bytes === undefined) return Buffer.from([code.noObject, 0, 0, 0])
      const head = Buffer.from([code.good, item.bits ? 3 : 4, 0, 0])
      head.writeUInt16BE(item.bits ? 1 : bytes.length * 8, 2)
      if (item.bits) bytes[0] = ((bytes[0] ?? 0) >> item.offset) & 1
      const odd = bytes.length % 2 === 1 && index < found.length - 1
      return Buffer.concat([head, bytes, ...(odd ? [Buffer.alloc(1)] : [])])
    })
    say(kind.answer, reference, Buffer.from([job.read, found.length]), Buffer.concat(parts))
  }

  #write({ reference, parameters, data }: S7, say: Say): void {
    let at = 0
    const codes = items(parameters).map((item): number => {
      const size = data[at + 1] ?? 0
      const length = data.readUInt16BE(at + 2)
      const bytes = size === 4 || size === 5 ? Math.ceil(length / 8) : length
      const value = data.subarray(at + 4, at + 4 + bytes)
      at += 4 + bytes + (bytes % 2)
      if (item === undefined) return code.noObject
      return this.#memory.write(item.block, item.at, value) ? code.good : code.badAddress
    })
    say(kind.answer, reference, Buffer.from([job.write, codes.length]), Buffer.from(codes))
  }

  /** Program invocations by name: start, and take a block that was loaded into the program. */
  #invoke(parameters: Buffer, bytes: number): void {
    const length = parameters.readUInt16BE(8)
    const name = parameters.toString('latin1', 11 + length)
    if (name === 'P_PROGRAM') this.#line.run(true)
    else if (name === '_INSE') this.#line.load(bytes)
  }
}
type Say = (of: number, reference: number, parameters: Buffer, data?: Buffer, error?: number) => void

await serveLine(102, (line) => {
  line.tell()
  const controller = new Controller(line)
  return (socket) => controller.accept(socket)
})
