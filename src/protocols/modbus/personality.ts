/** What a decoy says over Modbus/TCP. */
import { putU16be } from '#core/bytes.ts'
import { Message } from '#core/message.ts'
import { definePersonality, type Answer, type Talk } from '#core/personality.ts'
import { inUnits } from '../units.ts'
import { modbusCodec } from './modbus.ts'
import { answererOf } from './personality-functions.ts'
import type { ModbusProfile } from './personality-profile.ts'
import { readRequest } from './requests.ts'

const header = 7
/** Bytes of the longest unit. */
const longest = 2054

const message = new Message()
/** Op and addresses as the vocabulary has them: `read-holding-registers registers 0-9`. */
const noteOf = (unit: Uint8Array): string => {
  readRequest(unit, header, unit.length, unit[6] ?? 0, message.reset())
  const [command] = message.commands
  if (command === undefined) return 'unreadable'
  const spans: string[] = []
  for (let index = 0; index < Math.min(3, command.spans); index++) {
    const [name = '', low = 0, high = 0] = [command.spanNames[index], command.lows[index], command.highs[index]]
    spans.push(` ${name} ${low === high ? low : `${low}-${high}`}`)
  }
  return `${command.op}${spans.join('')}`.slice(0, 100)
}

export const modbusPersonality = definePersonality<ModbusProfile>({
  service: 'modbus',
  transports: ['tcp'],
  open: (context, profile): Talk => {
    const answer = answererOf(context, profile)
    const isUnit = (unit: number): boolean => profile.units.some(({ from, to }) => unit >= from && unit <= to)
    const reply = (unit: Uint8Array): Uint8Array => {
      const pdu = answer(unit, header, unit.length)
      const out = Uint8Array.of(...unit.subarray(0, header), ...pdu)
      putU16be(out, 4, 1 + pdu.length)
      return out
    }
    return {
      take: inUnits({
        longest,
        frame: (rest) => modbusCodec.frame(rest, 0, rest.length, 'tcp'),
        answer: (unit): Answer => ({
          send: isUnit(unit[6] ?? 0) ? [reply(unit)] : [],
          exchanges: 1,
          notes: [noteOf(unit)],
        }),
      }),
    }
  },
})
