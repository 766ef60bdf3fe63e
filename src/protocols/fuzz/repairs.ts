/** What puts the checksums of spoilt units right, for the protocols that have some. */
import { putCheck } from '../dnp3/crc.ts'
import type { ProtocolName } from '../index.ts'
import type { Repair } from './cases.ts'

/** Bytes of a DNP3 link frame before its data, of its blocks of data, and of each checksum (IEEE 1815, 9.2.4). */
const header = 10
const block = 16
const checksum = 2
/** The length octet counts control, destination and source, too. */
const counted = 5

/** The length octet is set by what is there, up to one whole frame, and every checksum by what it stands behind. */
const dnp3: Repair = (bytes) => {
  if (bytes.length < header || bytes[0] !== 0x05 || bytes[1] !== 0x64) return
  const behind = Math.min(bytes.length - header, 282)
  const blocks = Math.ceil(behind / (block + checksum))
  bytes[2] = counted + Math.max(0, behind - checksum * blocks)
  putCheck(bytes, 0, header - checksum)
  for (let at = header; at + checksum < header + behind; at += block + checksum)
    putCheck(bytes, at, Math.min(at + block, header + behind - checksum))
}

export const repairs: { readonly [P in ProtocolName]?: Repair } = { dnp3 }
