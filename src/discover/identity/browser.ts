/** NetBIOS datagrams (RFC 1002, 4.4) and the announcements of Windows browsers in them (MS-BRWS, 2.2). */
import { u16be, u16le, u32le } from '#core/bytes.ts'
import { netbiosNameAt, plainName, suffixes, tellNetbios } from './netbios.ts'
import { sure, type Read } from './sighting.ts'
import { osIn } from './systems.ts'
import { startsWith, textAt } from './text.ts'
import { windowsName } from './windows.ts'

/** Direct to a name of one, direct to a group, and broadcast. */
const datagrams = { unique: 0x10, group: 0x11, broadcast: 0x12 } as const
const announcements = { host: 1, domain: 12, localMaster: 15 } as const
const transaction = 0x25
/** Bits of the server type (MS-BRWS, 2.2.1; MS-RAP, 2.5.5.4). */
const serverTypes = { domainController: 0x8 | 0x10, unix: 0x800 } as const

/** Where the zero byte stands that ends a text. */
const zeroAfter = (bytes: Uint8Array, at: number): number => {
  const zero = bytes.indexOf(0, at)
  return zero < 0 ? bytes.length : zero
}

const tellAnnouncement: Read = (bytes, tell) => {
  const kind = bytes[0]
  if (bytes.length < 32) return
  if (kind === announcements.domain) {
    tell('domain', plainName(bytes, 6), sure.name)
    return
  }
  if (kind !== announcements.host && kind !== announcements.localMaster) return
  tell('name', plainName(bytes, 6), sure.name)
  const comment = textAt(bytes, 32, zeroAfter(bytes, 32))
  tell('description', comment, sure.banner)
  tell('os', osIn(comment), sure.hint)
  const type = u32le(bytes, 24)
  if ((type & serverTypes.domainController) !== 0) tell('role', 'server', sure.banner)
  // Samba gives the version of a Windows as its own.
  if ((type & serverTypes.unix) === 0) tell('os', windowsName(bytes[22] ?? 0, bytes[23] ?? 0), sure.banner)
}

/** The data of a transaction stands where its words say, from the SMB header on (MS-CIFS, 2.2.4.33.1). */
const tellTransaction: Read = (smb, tell) => {
  if (!startsWith(smb, '\u00FFSMB') || smb[4] !== transaction || (smb[32] ?? 0) < 14) return
  const from = u16le(smb, 33 + 24)
  const to = from + u16le(smb, 33 + 22)
  if (from >= 61 && to <= smb.length) tellAnnouncement(smb.subarray(from, to), tell)
}

export const readBrowser: Read = (bytes, tell) => {
  const type = bytes[0] ?? 0
  if (type < datagrams.unique || type > datagrams.broadcast) return
  const source = netbiosNameAt(bytes, 14)
  if (source === undefined) return
  tellNetbios(source, false, tell)
  const destination = netbiosNameAt(bytes, source.next)
  // Of later pieces only the first carries the transaction.
  if (destination === undefined || u16be(bytes, 12) !== 0) return
  // What is sent to a workgroup is sent by one of its members.
  if (type === datagrams.group && destination.suffix >= suffixes.controllers) tellNetbios(destination, true, tell)
  tellTransaction(bytes.subarray(destination.next), tell)
}
