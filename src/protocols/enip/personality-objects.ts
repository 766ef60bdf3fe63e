/** Objects with attributes: identity and message router (CIP volume 1, 5A), TCP/IP interface and Ethernet link (volume 2, 5-4, 5-5). */
import type { TalkContext } from '#core/personality.ts'
import { filled } from '../placeholders.ts'
import { long, short, u16, u32, type Bytes } from './personality-bytes.ts'
import type { IdentityProfile } from './personality-profile.ts'

export interface CipObject {
  readonly attributes: Readonly<Record<number, Bytes>>
  /** What Get Attributes All returns, in order. */
  readonly all: readonly number[]
}
/** Finds an object; instance 0 is the class itself. */
export type Objects = (kind: number, instance: number) => CipObject | undefined

export const classes = { identity: 0x01, router: 0x02, manager: 0x06, pccc: 0x67, tcpIp: 0xf5, ethernet: 0xf6 } as const

const addressOf = (address: string): Bytes => address.split('.').map(Number)
const macOf = (mac: string): Bytes => mac.split(':').map((byte) => Number.parseInt(byte, 16))

const identityOf = (profile: IdentityProfile, serial: number, name: string): CipObject => ({
  attributes: {
    1: u16(profile.vendor),
    2: u16(profile.deviceType),
    3: u16(profile.productCode),
    4: [profile.major, profile.minor],
    5: u16(profile.status),
    6: u32(serial),
    7: short(name),
  },
  all: [1, 2, 3, 4, 5, 6, 7],
})

/** Identity from the vendor on, as the object and ListIdentity have it. */
export const identityBytes = (profile: IdentityProfile, serial: number, name: string): Bytes => {
  const { attributes, all } = identityOf(profile, serial, name)
  return all.flatMap((id) => attributes[id] ?? [])
}

/** An address of the interface configuration is one number, so its bytes stand in reverse. */
const tcpIpOf = ({ identity }: TalkContext): CipObject => {
  const own = addressOf(identity.address)
  const gateway = [...own.slice(0, 3), 1]
  const configuration = [own, [255, 255, 255, 0], gateway, [0, 0, 0, 0], [0, 0, 0, 0]]
  return {
    attributes: {
      1: u32(1),
      2: u32(0x14),
      3: u32(0),
      4: [...u16(2), 0x20, classes.ethernet, 0x24, 1],
      5: [...configuration.flatMap((address) => address.toReversed()), ...long('')],
      6: long(identity.name),
    },
    all: [1, 2, 3, 4, 5, 6],
  }
}
const ethernetOf = ({ identity }: TalkContext): CipObject => ({
  attributes: { 1: u32(100), 2: u32(0x0f), 3: macOf(identity.mac) },
  all: [1, 2, 3],
})
const routerOf = (kinds: readonly number[]): CipObject => ({
  attributes: { 1: [...u16(kinds.length), ...kinds.flatMap(u16)], 2: u16(128), 3: u16(0) },
  all: [1, 2],
})
const classOf = (revision: number): CipObject => ({
  attributes: { 1: u16(revision), 2: u16(1), 3: u16(1) },
  all: [1, 2],
})

/** What a device has besides its data; a module in the chassis has no port of its own. */
export const objectsOf = (
  context: TalkContext,
  profile: IdentityProfile,
  serial: number,
  hasPort: boolean,
  more: Readonly<Record<number, CipObject>> = {},
): Objects => {
  const instances: Record<number, CipObject> = {
    [classes.identity]: identityOf(profile, serial, filled(profile.name, context.identity, context.persona)),
    [classes.manager]: { attributes: { 1: u16(0) }, all: [1] },
    ...(hasPort && { [classes.tcpIp]: tcpIpOf(context), [classes.ethernet]: ethernetOf(context) }),
    ...more,
  }
  instances[classes.router] = routerOf(Object.keys(instances).map(Number))
  return (kind, instance) => {
    const one = instances[kind]
    if (one === undefined) return undefined
    return instance === 1 ? one : instance === 0 ? classOf(kind === classes.tcpIp ? 4 : 1) : undefined
  }
}
