/** What can be read: the system group, one interface, one address, counters of SNMP itself (RFC 1213), objects of the vendor. */
import type { TalkContext } from '#core/personality.ts'
import { filled } from '../placeholders.ts'
import { der, objectIdentifier } from '../der.ts'
import { byOid, encodedInteger, encodedText, tags, type Oid } from './ber.ts'
import type { SnmpProfile } from './profile.ts'

export interface Entry {
  readonly oid: Oid
  /** An encoded value. */
  value(): Uint8Array
}

const day = 86_400_000
const enterprises = '1.3.6.1.4.1'
export const numbersOf = (text: string): Oid => text.split('.').map((part) => Number(part) >>> 0)
const absolute = (oid: string): string => (oid.startsWith('1.3.') ? oid : `${enterprises}.${oid}`)

/** ms since it started: it starts again every one to three months, at a time of its own. */
export const uptime = ({ identity, now }: Pick<TalkContext, 'identity' | 'now'>): number => {
  const period = (30 + (identity.seed % 60)) * day
  return (now() + (identity.serialNumber % 90) * day + (identity.seed % 86_400) * 1000) % period
}
const macOf = (mac: string): Uint8Array => Uint8Array.from(mac.split(':'), (part) => Number.parseInt(part, 16))
const addressOf = (address: string): Uint8Array => Uint8Array.from(address.split('.'), Number)

/** PEN of the vendor, and its address: RFC 3411, snmpEngineID, format 3. */
export const engineId = ({ sysObjectId }: SnmpProfile, mac: string): Uint8Array => {
  const number = numbersOf(absolute(sysObjectId))[6] ?? 0
  const id = new Uint8Array(11)
  new DataView(id.buffer).setUint32(0, (0x8000_0000 | number) >>> 0)
  id[4] = 3
  id.set(macOf(mac).subarray(0, 6), 5)
  return id
}

export const tableOf = (context: TalkContext, profile: SnmpProfile): readonly Entry[] => {
  const { identity, persona } = context
  const text = (value: string) => () => encodedText(filled(value, identity, persona))
  const number =
    (value: number, tag: number = tags.integer) =>
    () =>
      encodedInteger(value, tag)
  const ticks = (back = 0): number => Math.floor(Math.max(0, uptime(context) - back) / 10) % 0x1_0000_0000
  /** Counts since the start, at its own pace a second; wraps as a counter of 32 bits. */
  const counter = (pace: number) => () =>
    encodedInteger(Math.floor((uptime(context) / 1000) * pace) % 0x1_0000_0000, tags.counter)
  const pace = 1 + (identity.seed % 97) / 40
  const none = number(0, tags.counter)
  const rows: Record<string, () => Uint8Array> = {
    '1.1.0': text(profile.sysDescr),
    '1.2.0': () => objectIdentifier(numbersOf(absolute(profile.sysObjectId))),
    '1.3.0': () => encodedInteger(ticks(), tags.ticks),
    '1.4.0': text(profile.sysContact),
    '1.5.0': text(identity.name),
    '1.6.0': text(profile.sysLocation),
    '1.7.0': number(72),
    '2.1.0': number(1),
    '2.2.1.1.1': number(1),
    '2.2.1.2.1': text(profile.interface),
    '2.2.1.3.1': number(6),
    '2.2.1.4.1': number(1500),
    '2.2.1.5.1': number(100_000_000, tags.gauge),
    '2.2.1.6.1': () => der(tags.octets, macOf(identity.mac)),
    '2.2.1.7.1': number(1),
    '2.2.1.8.1': number(1),
    '2.2.1.9.1': number(0, tags.ticks),
    '2.2.1.10.1': counter(pace * 610),
    '2.2.1.11.1': counter(pace * 7),
    '2.2.1.12.1': counter(pace * 0.4),
    '2.2.1.13.1': none,
    '2.2.1.14.1': none,
    '2.2.1.15.1': none,
    '2.2.1.16.1': counter(pace * 540),
    '2.2.1.17.1': counter(pace * 6),
    '2.2.1.18.1': counter(pace * 0.02),
    '2.2.1.19.1': none,
    '2.2.1.20.1': none,
    '2.2.1.21.1': number(0, tags.gauge),
    '2.2.1.22.1': () => objectIdentifier([0, 0]),
    '4.1.0': number(2),
    [`4.20.1.1.${identity.address}`]: () => der(tags.ipAddress, addressOf(identity.address)),
    [`4.20.1.2.${identity.address}`]: number(1),
    [`4.20.1.3.${identity.address}`]: () => der(tags.ipAddress, Uint8Array.of(255, 255, 255, 0)),
    [`4.20.1.4.${identity.address}`]: number(1),
    [`4.20.1.5.${identity.address}`]: number(65_535),
    '11.1.0': counter(pace * 0.03),
    '11.2.0': counter(pace * 0.03),
    '11.3.0': none,
    '11.4.0': none,
    '11.6.0': none,
    '11.30.0': number(2),
  }
  const entries = Object.entries(rows).map(([oid, value]) => ({ oid: numbersOf(`1.3.6.1.2.1.${oid}`), value }))
  for (const [oid, value] of Object.entries(profile.objects ?? {}))
    entries.push({ oid: numbersOf(absolute(oid)), value: typeof value === 'number' ? number(value) : text(value) })
  return entries.toSorted((a, b) => byOid(a.oid, b.oid))
}
