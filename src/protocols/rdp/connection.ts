/** The beginning of an RDP connection: X.224 and the protocols that both speak ([MS-RDPBCGR] 2.2.1.1, 2.2.1.2). */
import { listU16be, u16le, u32le } from '#core/bytes.ts'

export const tpkt = (...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([3, 0, ...listU16be(body.length + 4)]), body])
}
/** An X.224 data unit. */
export const data = (...parts: readonly Uint8Array[]): Buffer => tpkt(Buffer.from([2, 0xf0, 0x80]), ...parts)

export interface ConnectionRequest {
  /** `mstshash=` of the cookie: whom the client means to log in. */
  readonly user?: string
  /** Absent where the client speaks only the oldest RDP. */
  readonly protocols?: number
}

/** @param unit behind the TPKT header */
export const readConnectionRequest = (unit: Buffer): ConnectionRequest | undefined => {
  if (unit.length < 7 || ((unit[1] ?? 0) & 0xf0) !== 0xe0) return undefined
  const rest = unit.subarray(7)
  const cookie = /^Cookie: mstshash=([^\r\n]{0,128})/.exec(rest.toString('latin1'))?.[1]
  const lineEnd = rest.indexOf('\r\n', 0, 'latin1')
  const negotiation = lineEnd < 0 ? rest : rest.subarray(lineEnd + 2)
  return {
    ...(cookie === undefined ? {} : { user: cookie }),
    ...(negotiation.length >= 8 && negotiation[0] === 1 && u16le(negotiation, 2) === 8
      ? { protocols: u32le(negotiation, 4) }
      : {}),
  }
}

const confirm = (...parts: readonly number[]): Buffer =>
  tpkt(Buffer.from([6 + parts.length, 0xd0, 0, 0, 0x12, 0x34, 0, ...parts]))
/** Nothing was negotiated. */
export const confirmed = (): Buffer => confirm()
/** TLS; extended client data, graphics and restricted administration are spoken, as by Windows 10. */
export const confirmedTls = (): Buffer => confirm(2, 0x1f, 8, 0, 1, 0, 0, 0)
/** TLS is required. */
export const refusedWithoutTls = (): Buffer => confirm(3, 0, 8, 0, 1, 0, 0, 0)
