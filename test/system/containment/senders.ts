/** Who sends: strangers by number, assets by name. */
import { plc, tcpTo, type Sender } from './frames.ts'
import { addresses, mac, macs } from './plant.ts'
import type { Scene } from './scene.ts'

export const stranger = (number: number, six = false): Sender => ({
  mac: mac(0x66_0000 + number),
  ip: six
    ? `fd00:198:18:2::6:${(number + 1).toString(16)}`
    : `198.18.${64 + 16 + Math.floor(number / 250)}.${1 + (number % 250)}`,
})
export const known = (name: 'hmi' | 'ews', six = false): Sender => ({
  mac: macs[name],
  ip: addresses[name][six ? 1 : 0],
})
const polls = () => ({
  'a poll over IPv4': tcpTo(known('hmi'), plc(false), 502),
  'a poll over IPv6': tcpTo(known('hmi', true), plc(true), 502),
})

/** The polls of the HMI that arrive. */
export const arrivingPolls = (scene: Scene): Promise<string[]> => scene.passing('plant', polls())
export const allPolls = Object.keys(polls())
