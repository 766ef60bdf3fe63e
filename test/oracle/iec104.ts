/** IEC 60870-5-104 against tshark: types, causes, common addresses and object addresses of every ASDU, and the U and S formats. */
import type { Message } from '#core/message.ts'
import { asduTypes } from '#protocols/iec104/types.ts'
import { numberOf } from './command.ts'
import type { Oracle, Row } from './oracle.ts'

const unnumbered: Readonly<Record<number, string>> = {
  0x01: 'startdt',
  0x02: 'startdt',
  0x04: 'stopdt',
  0x08: 'stopdt',
  0x10: 'testfr',
  0x20: 'testfr',
}

/** Ops that are told apart from others of their type. */
const split: Readonly<Record<string, number>> = { 'counter-freeze': 101, 'delete-file': 122, 'write-segment': 125 }

const numbers = (row: Row, field: string): number[] => (row[`iec60870_${field}`] ?? []).map(Number)

const isSet = (text: string | undefined): boolean => text === '1' || text === 'True'

export const iec104Oracle: Oracle = {
  protocol: 'iec104',
  filter: 'iec60870_104 && !_ws.malformed',
  fields: [
    'iec60870_104.apdulen',
    'iec60870_104.type',
    'iec60870_104.utype',
    'iec60870_asdu.typeid',
    'iec60870_asdu.numix',
    'iec60870_asdu.sq',
    'iec60870_asdu.causetx',
    'iec60870_asdu.addr',
    'iec60870_asdu.ioa',
  ],
  expected(row) {
    const texts: string[] = []
    const utypes = numbers(row, '104.utype')
    const ioas = numbers(row, 'asdu.ioa')
    const sequence = row['iec60870_asdu.sq'] ?? []
    let asdu = 0
    const lengths = numbers(row, '104.apdulen')
    for (const [index, format] of numbers(row, '104.type').entries()) {
      // S and U formats are four bytes (5.1); tshark reads the first ones of longer frames as such, and we none.
      if (format !== 0 && lengths[index] !== 4) continue
      if (format === 1) texts.push('acknowledge')
      else if (format === 3) texts.push(unnumbered[utypes.shift() ?? 0] ?? 'unnumbered')
      else {
        const type = numbers(row, 'asdu.typeid')[asdu] ?? 0
        const known = asduTypes[type]
        const where = `cause ${numbers(row, 'asdu.causetx')[asdu]} station ${numbers(row, 'asdu.addr')[asdu]}`
        const count = numbers(row, 'asdu.numix')[asdu] ?? 0
        // tshark gives the address of a sequence again for each of its elements, counted up.
        const addresses = ioas.splice(0, count)
        const shown = isSet(sequence[asdu]) && known?.direction === 'monitor' ? addresses.slice(0, 1) : addresses
        for (const ioa of known?.unaddressed === true ? [0] : shown) texts.push(`type ${type} ${where} ioa ${ioa}`)
        asdu++
      }
    }
    return texts
  },
  ours: (message: Message) =>
    message.commands.slice(0, message.count).map((command) => {
      if (numberOf(command, 'cause') === undefined) return command.op
      const codes = asduTypes.flatMap((type, code) => (type?.op === command.op ? [code] : []))
      const type = split[command.op] ?? numberOf(command, 'type') ?? codes[0]
      const where = `cause ${numberOf(command, 'cause')} station ${numberOf(command, 'common-address')}`
      return `type ${type} ${where} ioa ${numberOf(command, 'ioa') ?? 0}`
    }),
}
