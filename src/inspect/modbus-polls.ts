/** For tests: polls and commands of Modbus as hex text, and a conversation of them that is under way. */
import { planOf, Wire } from './wire.ts'

export const read = (id: string): string => `${id} 0000 0006 01 03 0000 0001`
export const write = (id: string): string => `${id} 0000 0006 01 06 0064 0384`
/** To {@link read}. */
export const answer = (id: string): string => `${id} 0000 0005 01 03 02 0007`
export const hex = (text: string): string => text.replaceAll(' ', '')
export const readOnly = planOf({ allow: ['read'] })

/** One poll and its answer passed: the client goes on at 1012, the server at 5011. */
export const opened = (): Wire => {
  const wire = new Wire(readOnly)
  wire.open()
  wire.tcp('client', 1000, 5000, read('0001'))
  wire.tcp('server', 5000, 1012, answer('0001'))
  return wire
}
