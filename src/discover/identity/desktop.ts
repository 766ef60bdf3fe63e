/** Remote desktops: VNC's version (RFC 6143, 7.1.1) and RDP's answer to a connection (MS-RDPBCGR, 2.2.1.2). */
import { u16be } from '#core/bytes.ts'
import { sure, type Tell } from './sighting.ts'
import { plainTextAt, startsWith } from './text.ts'

const vncVersion = /^RFB (\d{3})\.(\d{3})\n/
/** X.224 connection confirm behind a TPKT header; on other ports it is that of S7 or MMS. */
const rdpPort = 3389
const connectionConfirm = 0xd0
const negotiationAnswer = 2
/** Protocols chosen: RDP's own encryption has no proof of the server. */
const standardSecurity = 0

export const isVnc = (bytes: Uint8Array): boolean => startsWith(bytes, 'RFB 0')
export const isRdp = (bytes: Uint8Array, port: number): boolean =>
  port === rdpPort && bytes[0] === 3 && u16be(bytes, 2) >= 11

/** @returns whether more of it is wanted */
export const readVnc = (bytes: Uint8Array, fromClient: boolean, tell: Tell): boolean => {
  const [, major, minor] = vncVersion.exec(plainTextAt(bytes, 0, 12)) ?? []
  if (fromClient) return false
  if (major !== undefined) tell('service', `VNC (RFB ${Number(major)}.${Number(minor)})`, sure.identity)
  return bytes.length < 12
}

/** @returns whether more of it is wanted */
export const readRdp = (bytes: Uint8Array, fromClient: boolean, tell: Tell): boolean => {
  if (fromClient) return false
  if (bytes.length < u16be(bytes, 2)) return true
  if (bytes[5] !== connectionConfirm) return false
  const isStandard = bytes[11] !== negotiationAnswer || bytes[15] === standardSecurity
  tell('service', isStandard ? 'RDP (standard security)' : 'RDP', sure.identity)
  tell('os', 'Windows', sure.hint)
  return false
}
