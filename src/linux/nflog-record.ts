import { be16, be32, be64, netfilterHeaderLength, parseAttributes, text } from './netlink.ts'

/** An 802.1Q or 802.1ad tag. */
export interface VlanTag {
  /** 0x8100 or 0x88a8. */
  readonly tpid: number
  /** The tag control information as on the wire. */
  readonly tci: number
  /** 0..4095; 0 is a priority tag. */
  readonly id: number
  /** 0..7. */
  readonly priority: number
}

/** One logged packet as the kernel reports it, interfaces by index. */
export interface RawRecord {
  readonly family: number
  readonly prefix: string
  /** Nanoseconds since 1970, when the packet was stamped on reception. */
  readonly timestampNs?: bigint
  readonly inIndex?: number
  readonly outIndex?: number
  /** The bridge port, where the packet crosses a bridge. */
  readonly physInIndex?: number
  readonly physOutIndex?: number
  readonly mark: number
  /** The hook number, e.g. 2 for forward. */
  readonly hook: number
  /** EtherType of the payload, behind any VLAN tag the kernel has taken off. */
  readonly hwProtocol: number
  /** Ethernet header with the VLAN tag in its place: `hwHeader` followed by `payload` is the frame (up to the copy length). */
  readonly hwHeader: Uint8Array
  readonly vlan?: VlanTag
  /** From the network header, cut to the copy length. */
  readonly payload: Uint8Array
  /** Counts the records of the group; a gap is a loss. */
  readonly seq?: number
}

// enum nfulnl_attr_type, linux/netfilter/nfnetlink_log.h
const nfula = {
  packetHeader: 1,
  mark: 2,
  timestamp: 3,
  inDevice: 4,
  outDevice: 5,
  physIn: 6,
  physOut: 7,
  payload: 9,
  prefix: 10,
  seq: 12,
  hwHeader: 16,
  vlan: 20,
  l2Header: 21,
} as const
const vlanAttribute = { protocol: 1, tci: 2 } as const
const devices = [
  ['inIndex', nfula.inDevice],
  ['outIndex', nfula.outDevice],
  ['physInIndex', nfula.physIn],
  ['physOutIndex', nfula.physOut],
] as const
type Mutable<T> = { -readonly [K in keyof T]: T[K] }
const nothing = new Uint8Array(0)

const parseVlan = (bytes: Uint8Array | undefined): VlanTag | undefined => {
  if (bytes === undefined) return undefined
  const inner = parseAttributes(bytes)
  const tci = be16(inner.get(vlanAttribute.tci))
  if (tci === undefined) return undefined
  return { tpid: be16(inner.get(vlanAttribute.protocol)) ?? 0x8100, tci, id: tci & 0xfff, priority: tci >> 13 }
}

/** The Ethernet header as it was on the wire: the kernel keeps a VLAN tag beside the packet, not in it. */
const wireHeader = (header: Uint8Array, vlan: VlanTag | undefined): Uint8Array => {
  if (vlan === undefined || header.length < 12) return new Uint8Array(header)
  const bytes = new Uint8Array(header.length + 4)
  bytes.set(header.subarray(0, 12))
  new DataView(bytes.buffer).setUint32(12, vlan.tpid * 0x10000 + vlan.tci)
  bytes.set(header.subarray(12), 16)
  return bytes
}

/** Reads an NFULNL_MSG_PACKET body. Never throws; `undefined` when it has no packet header. The result owns its memory. */
export const parseRecord = (body: Uint8Array): RawRecord | undefined => {
  const all = parseAttributes(body, netfilterHeaderLength)
  const head = all.get(nfula.packetHeader)
  if (head === undefined || head.length < 3) return undefined
  const vlan = parseVlan(all.get(nfula.vlan))
  const stamp = all.get(nfula.timestamp)
  const record: Mutable<RawRecord> = {
    family: body[0] ?? 0,
    prefix: text(all.get(nfula.prefix)) ?? '',
    mark: be32(all.get(nfula.mark)) ?? 0,
    hook: head[2] ?? 0,
    hwProtocol: be16(head) ?? 0,
    hwHeader: wireHeader(all.get(nfula.l2Header) ?? all.get(nfula.hwHeader) ?? nothing, vlan),
    payload: new Uint8Array(all.get(nfula.payload) ?? nothing),
  }
  const seconds = be64(stamp)
  const micros = be64(stamp?.subarray(8))
  if (seconds !== undefined && micros !== undefined) record.timestampNs = seconds * 1_000_000_000n + micros * 1000n
  if (vlan !== undefined) record.vlan = vlan
  const seq = be32(all.get(nfula.seq))
  if (seq !== undefined) record.seq = seq
  for (const [field, type] of devices) {
    const index = be32(all.get(type))
    if (index !== undefined) record[field] = index
  }
  return record
}
