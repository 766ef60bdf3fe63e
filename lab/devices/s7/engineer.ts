/**
 * An engineering tool that speaks S7: stops and starts a controller and loads a program block into it.
 *   ip netns exec ews node lab/devices/s7/engineer.ts --host 198.18.1.12 -- stop 'download 1' start
 */
import { readArguments, runDevice } from '../arguments.ts'
import { givenOrders, obey } from '../orders.ts'
import { Exchange } from '../stream.ts'
import { blockName, build, job, kind, measure, nothing, read, transport, type S7 } from './frames.ts'

const hex = (number: number): string => `0x${number.toString(16).padStart(4, '0')}`
const named = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')])

await runDevice(async () => {
  const { settings, orders } = givenOrders()
  const { host, port, slot } = readArguments({ host: undefined, port: 102, slot: 1 }, settings)
  const exchange = await Exchange.connect(host, port, measure)
  let reference = 0
  const answer = async (to: number): Promise<S7> => {
    const found = await exchange.wait((message) => {
      const s7 = read(message)
      return s7 !== undefined && s7.kind !== kind.job && s7.reference === to
    })
    return read(found)!
  }
  const ask = (parameters: Buffer, data = nothing): Promise<S7> => {
    const own = ++reference
    exchange.send(build({ kind: kind.job, reference: own, error: 0, parameters, data }))
    return answer(own)
  }
  const outcome = ({ error }: S7) => (error === 0 ? { done: true } : { error: hex(error), done: false })

  // Size of a packet, and both ends' selectors: a programming device (1) to a rack and slot.
  exchange.send(transport(0xe0, 0, 1, Buffer.from([0xc0, 1, 0x0a, 0xc1, 2, 1, 0, 0xc2, 2, 1, slot])))
  await exchange.wait((message) => message[5] === 0xd0)
  await ask(Buffer.from([job.setup, 0, 0, 1, 0, 1, 1, 0xe0]))

  const invoke = (name: string, block: Buffer): Promise<S7> => {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(block.length)
    return ask(Buffer.concat([Buffer.from([job.invoke, 0, 0, 0, 0, 0, 0, 0xfd]), length, block, named(name)]))
  }

  /** The controller fetches the block itself: this end answers its two jobs. */
  const download = async (number: number): Promise<Record<string, unknown>> => {
    const name = Buffer.from(blockName('08', number), 'latin1')
    const code = Buffer.from('70700101', 'hex')
    const sizes = Buffer.concat([Buffer.from([13]), Buffer.from('1000128000100', 'latin1')])
    const taken = await ask(Buffer.concat([Buffer.from([job.requestDownload, 0, 1, 0, 0, 0, 0, 0, 9]), name, sizes]))
    if (taken.error !== 0) return outcome(taken)
    for (const what of [job.download, job.downloadEnded]) {
      const wanted = read(
        await exchange.wait((message) => {
          const s7 = read(message)
          return s7?.kind === kind.job && s7.parameters[0] === what
        }),
      )!
      const head = Buffer.from([0, code.length, 0, 0xfb])
      const isPart = what === job.download
      exchange.send(
        build({
          kind: kind.answer,
          reference: wanted.reference,
          error: 0,
          parameters: Buffer.from(isPart ? [what, 0] : [what]),
          data: isPart ? Buffer.concat([head, code]) : nothing,
        }),
      )
    }
    const block = Buffer.concat([Buffer.from([1, 0]), Buffer.from(blockName('08', number).slice(1), 'latin1')])
    return outcome(await invoke('_INSE', block))
  }
  await obey(
    {
      stop: async () => outcome(await ask(Buffer.concat([Buffer.from([job.stop, 0, 0, 0, 0, 0]), named('P_PROGRAM')]))),
      start: async () => outcome(await invoke('P_PROGRAM', nothing)),
      download: (number = '1') => download(Number(number)),
      read: async (at = '0') => {
        const item = Buffer.from([job.read, 1, 0x12, 0x0a, 0x10, 4, 0, 1, 0, 1, 0x84, 0, 0, 0])
        item.writeUIntBE(Number(at) * 8, 11, 3)
        const { data, error } = await ask(item)
        return error === 0 && data[0] === 0xff ? { value: data.readInt16BE(4) } : { error: hex(error), item: data[0] }
      },
      write: async (at = '0', value = '0') => {
        const item = Buffer.from([job.write, 1, 0x12, 0x0a, 0x10, 4, 0, 1, 0, 1, 0x84, 0, 0, 0])
        item.writeUIntBE(Number(at) * 8, 11, 3)
        const written = Buffer.from([0, 4, 0, 16, 0, 0])
        written.writeInt16BE(Number(value), 4)
        const { data, error } = await ask(item, written)
        return error === 0 && data[0] === 0xff ? { written: Number(value) } : { error: hex(error), item: data[0] }
      },
    },
    orders,
    exchange.socket,
  )
  exchange.socket.end(() => process.exit(0))
})
