/** NetBIOS over UDP: names that hosts register and answer for, RFC 1002, 4.2. */
import { formatIp4At } from '#core/address.ts'
import { u16be } from '#core/bytes.ts'
import { macAt } from '#packet/decode.ts'
import { sure, type Read, type Subject, type Tell } from './sighting.ts'
import { textAt } from './text.ts'

/** What a name is for, by its sixteenth byte. */
export const suffixes = {
  workstation: 0x00,
  server: 0x20,
  domainMaster: 0x1b,
  controllers: 0x1c,
  master: 0x1d,
  elections: 0x1e,
}
const operations = { query: 0, registration: 5, refresh: 8, otherRefresh: 9, multiHomed: 15 } as const
const recordTypes = { name: 0x20, status: 0x21 } as const
const group = 0x8000
const mostRecords = 8
const mostNames = 25

export interface NetbiosName {
  readonly name: string
  readonly suffix: number
  /** Behind it in the message. */
  readonly next: number
}

/** First-level encoding, RFC 1001, 14.1: each byte of the sixteen as two letters from A on. undefined where there is none. */
export const netbiosNameAt = (bytes: Uint8Array, at: number): NetbiosName | undefined => {
  if ((bytes[at] ?? 0) >= 0xc0) {
    // A label that points to an earlier name; one that points to a pointer is malformed.
    const target = u16be(bytes, at) & 0x3fff
    const name = (bytes[target] ?? 0) >= 0xc0 ? undefined : netbiosNameAt(bytes, target)
    return name === undefined ? undefined : { ...name, next: at + 2 }
  }
  if (bytes[at] !== 0x20 || at + 34 > bytes.length) return undefined
  const plain = Uint8Array.from({ length: 16 }, (_, index) => {
    const [high, low] = [(bytes[at + 1 + index * 2] ?? 0) - 0x41, (bytes[at + 2 + index * 2] ?? 0) - 0x41]
    return (high << 4) | (low & 15)
  })
  // A scope may follow: labels up to an empty one.
  let next = at + 33
  while (next < bytes.length && bytes[next] !== 0) next += 1 + (bytes[next] ?? 0)
  return { name: plainName(plain, 0), suffix: plain[15] ?? 0, next: next + 1 }
}

/** Fifteen bytes, padded with blanks; names that begin with a control character are no host's. */
export const plainName = (bytes: Uint8Array, at: number): string =>
  (bytes[at] ?? 0) <= 0x20 ? '' : textAt(bytes, at, at + 15).replace(/[\0 ].*$/su, '')

/** What having a name says of a host. */
export const tellNetbios = (
  { name, suffix }: Pick<NetbiosName, 'name' | 'suffix'>,
  isGroup: boolean,
  tell: Tell,
  of: Subject = 'sender',
): void => {
  if (suffix === suffixes.controllers || suffix === suffixes.domainMaster) tell('role', 'server', 0.6, of)
  if (suffix === suffixes.workstation && !isGroup) tell('name', name, sure.name, of)
  else if (suffix === suffixes.server && !isGroup) tell('name', name, sure.name, of)
  else if (suffix === suffixes.workstation || (suffix >= suffixes.domainMaster && suffix <= suffixes.elections))
    tell('domain', name, sure.name, of)
}

/** 4.2.18: names with their suffixes and flags, and the address of the interface behind them. */
const tellStatus: Read = (bytes, tell) => {
  const count = Math.min(bytes[0] ?? 0, mostNames)
  for (let at = 1, left = count; left > 0 && at + 18 <= bytes.length; left--, at += 18)
    tellNetbios(
      { name: plainName(bytes, at), suffix: bytes[at + 15] ?? 0 },
      (u16be(bytes, at + 16) & group) !== 0,
      tell,
    )
  const unit = 1 + (bytes[0] ?? 0) * 18
  const mac = macAt(bytes, unit)
  if (unit + 6 <= bytes.length && mac !== '00:00:00:00:00:00') tell('mac', mac, sure.identity)
}

/** 4.2.2: the host that registers a name is the one that sends. */
const tellRegistration: Read = (bytes, tell) => {
  const asked = netbiosNameAt(bytes, 12)
  const owned = asked === undefined ? undefined : netbiosNameAt(bytes, asked.next + 4)
  if (asked === undefined || owned === undefined || u16be(bytes, owned.next) !== recordTypes.name) return
  if (owned.next + 16 <= bytes.length) tellNetbios(asked, (u16be(bytes, owned.next + 10) & group) !== 0, tell)
}

/** 4.2.13 and 4.2.18: answers, which may be a name server's, of others. */
const tellAnswers: Read = (bytes, tell) => {
  let at = 12
  for (let left = Math.min(u16be(bytes, 6), mostRecords); left > 0; left--) {
    const answer = netbiosNameAt(bytes, at)
    if (answer === undefined) return
    const from = answer.next + 10
    const to = from + u16be(bytes, answer.next + 8)
    if (to > bytes.length) return
    const type = u16be(bytes, answer.next)
    if (type === recordTypes.status) tellStatus(bytes.subarray(from, to), tell)
    for (let place = from; type === recordTypes.name && place + 6 <= to; place += 6)
      tellNetbios(answer, (u16be(bytes, place) & group) !== 0, tell, { ip: formatIp4At(bytes, place + 2) })
    at = to
  }
}

export const readNames: Read = (bytes, tell) => {
  if (bytes.length < 12) return
  const flags = u16be(bytes, 2)
  const operation = (flags >> 11) & 15
  const isResponse = flags >= 0x8000
  if (isResponse && operation === operations.query && (flags & 15) === 0 && u16be(bytes, 4) === 0)
    tellAnswers(bytes, tell)
  const registers =
    operation === operations.registration ||
    operation === operations.refresh ||
    operation === operations.otherRefresh ||
    operation === operations.multiHomed
  if (!isResponse && registers) tellRegistration(bytes, tell)
}
