/** What a device says it is: the identity object, CIP volume 1, 5A-2, and the identity item, volume 2, 2-4.2. */
import { u16le, u32le } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import { headerLength, items } from './encapsulation.ts'

/** Numbers that ODVA gives to vendors: those with many devices in plants. */
const vendors: Readonly<Record<number, string>> = {
  1: 'Rockwell Automation/Allen-Bradley',
  5: 'Rockwell Automation/Reliance Electric',
  7: 'SMC',
  8: 'Molex',
  12: 'Banner Engineering',
  26: 'Festo',
  40: 'WAGO',
  43: 'Balluff',
  44: 'Yaskawa',
  46: 'ABB',
  47: 'Omron',
  48: 'Turck',
  75: 'ABB Robotics',
  77: 'Rockwell Software',
  97: 'Danfoss',
  108: 'Beckhoff',
  145: 'Siemens',
  243: 'Schneider Electric',
  256: 'Turck',
  283: 'Hilscher',
  367: 'Keyence',
  562: 'Phoenix Contact',
  634: 'Hirschmann',
  939: 'Cisco',
  991: 'Moxa',
  1059: 'Delta Electronics',
}

/** From the vendor on: vendor, device type, product code, revision, status, serial number, name behind its length. */
export const readIdentityObject = (bytes: Uint8Array, at: number, end: number, message: Message): void => {
  if (!message.wantsFacts || at + 15 > end) return
  const vendor = u16le(bytes, at)
  const nameEnd = at + 15 + (bytes[at + 14] ?? 0)
  message.fact('vendor', vendors[vendor] ?? `ODVA vendor ${vendor}`)
  message.fact('firmware', `${bytes[at + 6] ?? 0}.${`${bytes[at + 7] ?? 0}`.padStart(3, '0')}`)
  message.fact(
    'serial',
    u32le(bytes, at + 10)
      .toString(16)
      .padStart(8, '0'),
  )
  if (nameEnd <= end) message.fact('model', String.fromCharCode(...bytes.subarray(at + 15, nameEnd)))
}

/** The reply to ListIdentity: a count of items; before the identity stand the version and a socket address. */
export const readListIdentity = (bytes: Uint8Array, at: number, end: number, message: Message): void => {
  const item = at + headerLength + 2
  const data = item + 4
  if (u16le(bytes, item) === items.identity) readIdentityObject(bytes, data + 18, end, message)
}
