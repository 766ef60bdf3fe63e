/** Where the packet begins in a recorded frame, by the link type that the capture states (the tcpdump registry of LINKTYPE_ values). */
import { u16be, u32be, u32le } from '#core/bytes.ts'
import { etherTypes } from './numbers.ts'

export const linkTypes = {
  null: 0,
  ethernet: 1,
  /** DLT_RAW as systems number it; files should have 101, and do not always. */
  rawBsd: 12,
  rawOpenBsd: 14,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const

/** What stands at the offset: an Ethernet frame, an IP header, or nothing that is read here. */
export type LinkContent = 'ethernet' | 'ip' | 'other'

/** Address families for IP: IPv4 everywhere; IPv6 in Linux, NetBSD and OpenBSD, FreeBSD, macOS. */
const isIpFamily = (family: number): boolean =>
  family === 2 || family === 10 || family === 24 || family === 28 || family === 30

/** One record's link header; the object is filled again for every record. */
export class LinkLayer {
  content: LinkContent = 'other'
  offset = 0

  read(linkType: number, bytes: Uint8Array, at = 0, end = bytes.length): this {
    this.offset = at
    this.content = 'other'
    switch (linkType) {
      case linkTypes.ethernet:
        this.content = 'ethernet'
        break
      case linkTypes.raw:
      case linkTypes.rawBsd:
      case linkTypes.rawOpenBsd:
      case linkTypes.ipv4:
      case linkTypes.ipv6:
        this.content = 'ip'
        break
      case linkTypes.null:
        // In the byte order of the machine that recorded it, which the file's need not be.
        if (end - at >= 4 && (isIpFamily(u32le(bytes, at)) || isIpFamily(u32be(bytes, at)))) this.#ip(at + 4)
        break
      case linkTypes.loop:
        if (end - at >= 4 && isIpFamily(u32be(bytes, at))) this.#ip(at + 4)
        break
      case linkTypes.linuxSll:
        if (end - at >= 16) this.#cooked(bytes, at + 14, at + 16, end)
        break
      case linkTypes.linuxSll2:
        if (end - at >= 20) this.#cooked(bytes, at, at + 20, end)
        break
      default:
    }
    return this
  }

  #ip(offset: number): void {
    this.content = 'ip'
    this.offset = offset
  }

  /** The protocol at `typeAt` is an EtherType; VLAN tags, where the recording system left them, stand before the packet. */
  #cooked(bytes: Uint8Array, typeAt: number, at: number, end: number): void {
    let type = u16be(bytes, typeAt)
    let offset = at
    for (
      let tags = 0;
      tags < 2 && (type === etherTypes.vlan || type === etherTypes.qinq) && offset + 4 <= end;
      tags++
    ) {
      type = u16be(bytes, offset + 2)
      offset += 4
    }
    if (type === etherTypes.ipv4 || type === etherTypes.ipv6) this.#ip(offset)
  }
}
