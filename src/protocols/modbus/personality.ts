/** What a decoy says over Modbus/TCP. */
import { Message } from '#core/message.ts'
import { definePersonality, silence, type Answer, type Talk } from '#core/personality.ts'
import { modbusCodec } from './modbus.ts'
import { answererOf } from './personality-functions.ts'
import type { ModbusProfile } from './personality-profile.ts'
import { readRequest } from './requests.ts'

const header = 7
/** Units answered of what came at once; who sends more is no client, and the connection ends. */
const mostAtOnce = 512
const mostNotes = 16

const message = new Message()
/** Op and addresses as the vocabulary has them: `read-holding-registers registers 0-9`. */
const noteOf = (bytes: Uint8Array, at: number, end: number): string => {
  readRequest(bytes, at + header, end, bytes[at + 6] ?? 0, message.reset())
  const [command] = message.commands
  if (command === undefined) return 'unreadable'
  const spans: string[] = []
  for (let index = 0; index < Math.min(3, command.spans); index++) {
    const [name = '', low = 0, high = 0] = [command.spanNames[index], command.lows[index], command.highs[index]]
    spans.push(` ${name} ${low === high ? low : `${low}-${high}`}`)
  }
  return `${command.op}${spans.join('')}`.slice(0, 100)
}

/** Two of a line, which may be one unit that its sender cut. */
const joined = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  if (left.length === 0) return right
  const both = new Uint8Array(left.length + right.length)
  both.set(left)
  both.set(right, left.length)
  return both
}

export const modbusPersonality = definePersonality<ModbusProfile>({
  service: 'modbus',
  transports: ['tcp'],
  open: (context, profile): Talk => {
    const answer = answererOf(context, profile)
    const isUnit = (unit: number): boolean => profile.units.some(({ from, to }) => unit >= from && unit <= to)
    let rest: Uint8Array = new Uint8Array()
    let closed = false
    const reply = (bytes: Uint8Array, at: number, end: number): Uint8Array => {
      const pdu = answer(bytes, at + header, end)
      const out = Uint8Array.of(...bytes.subarray(at, at + header), ...pdu)
      out[4] = (1 + pdu.length) >>> 8
      out[5] = 1 + pdu.length
      return out
    }
    return {
      take: (bytes): Answer => {
        if (closed) return silence
        const all = joined(rest, bytes)
        const send: Uint8Array[] = []
        const notes: string[] = []
        let exchanges = 0
        let at = 0
        for (; at < all.length; exchanges++) {
          const length = modbusCodec.frame(all, at, all.length, 'tcp')
          if (length < 0 || exchanges === mostAtOnce) closed = true
          if (closed || length === 0 || at + length > all.length) break
          const end = at + length
          if (isUnit(all[at + 6] ?? 0)) send.push(reply(all, at, end))
          if (notes.length < mostNotes) notes.push(noteOf(all, at, end))
          at = end
        }
        rest = closed ? new Uint8Array() : all.slice(at)
        return { send, exchanges, ...(notes.length > 0 && { notes }), ...(closed && { close: true }) }
      },
    }
  },
})
