/** Units put together for tests, as hexadecimal text: CIP messages in their envelopes. */

export const u16 = (value: number): string => Buffer.from([value & 0xff, (value >> 8) & 0xff]).toString('hex')
export const u32 = (value: number): string => u16(value & 0xffff) + u16(value >>> 16)
const bytes = (hex: string): number => hex.replaceAll(' ', '').length / 2

const unit = (command: number, data: string, context: string): string =>
  `${u16(command)}${u16(bytes(data))} 0101002a 00000000 ${context} 00000000 ${data}`

/** SendRRData. */
export const unconnected = (cip: string, context = '0102030405060708'): string =>
  unit(0x6f, `00000000 0000 0200 00000000 b200 ${u16(bytes(cip))} ${cip}`, context)

/** SendUnitData. */
export const connected = (cip: string, connection: number, sequence: number): string =>
  unit(
    0x70,
    `00000000 0000 0200 a1000400 ${u32(connection)} b100 ${u16(bytes(cip) + 2)} ${u16(sequence)} ${cip}`,
    '0000000000000000',
  )

const symbol = (name: string): string =>
  `91${Buffer.from([name.length]).toString('hex')}${Buffer.from(name).toString('hex')}${name.length % 2 === 1 ? '00' : ''}`

const service = (code: string, path: string, data: string): string =>
  `${code}${Buffer.from([bytes(path) / 2]).toString('hex')}${path}${data}`

export const readTag = (name: string, count = 1): string => service('4c', symbol(name), u16(count))
/** Writes one value of a type. */
export const writeTag = (name: string, type: number, value: string): string =>
  service('4d', symbol(name), `${u16(type)}0100${value}`)
/** The answer to a read of one INT. */
export const readInt = (value: number): string => `cc000000c300${u16(value)}`

export const packet = (...services: readonly string[]): string => {
  let offset = 2 + 2 * services.length
  const offsets = services.map((text) => {
    const at = offset
    offset += bytes(text)
    return u16(at)
  })
  return service('0a', '20022401', `${u16(services.length)}${offsets.join('')}${services.join('')}`)
}

/** Execute PCCC. */
export const pccc = (command: string, number: number, data: string): string =>
  service('4b', '20672401', `074d00e0312b3d${command}00${u16(number)}${data}`)

/** Forward Open over the backplane to the message router in a slot, for messages. */
export const forwardOpen = (slot: number, toOriginator: number): string =>
  service(
    '54',
    '20062401',
    `0a0e 00000000 ${u32(toOriginator)} 0100 3713 2a000000 03000000 80841e00 f843 80841e00 f843 a3 03 01${u16(slot).slice(0, 2)}20022401`.replaceAll(
      ' ',
      '',
    ),
  )
export const opened = (toTarget: number, toOriginator: number): string =>
  `d4000000${u32(toTarget)}${u32(toOriginator)}010037132a00000080841e0080841e000000`
