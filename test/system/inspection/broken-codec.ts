/**
 * Loaded before an inspector by a test (`NODE_OPTIONS=--import`), never by the product: reads of certain registers make the codec of
 * Modbus fail, each in another way.
 */
import { modbusCodec } from '#protocols/modbus/modbus.ts'

export const poison = { exception: 0xba_d0, loop: 0xba_d1, memory: 0xba_d2 } as const

if (process.argv[1]?.endsWith('/inspection/inspector.ts') === true) {
  const parse = modbusCodec.parse.bind(modbusCodec)
  // oxlint-disable no-unmodified-loop-condition -- what does not end is what is wanted
  const kept: unknown[] = []
  modbusCodec.parse = (bytes, at, end, fromClient, conversation, message) => {
    const register = ((bytes[at + 8] ?? 0) << 8) | (bytes[at + 9] ?? 0)
    if (fromClient && register === poison.exception) throw new Error('a fault in a codec')
    while (fromClient && register === poison.loop) kept.length = 0
    while (fromClient && register === poison.memory)
      kept.push(Array.from({ length: 10_000 }, (_, index) => ({ index })))
    parse(bytes, at, end, fromClient, conversation, message)
  }
}
