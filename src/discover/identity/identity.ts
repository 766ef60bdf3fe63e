/** Who is there, by what devices say of themselves to each other. Pure functions of bytes: whoever calls them knows from whom. */
import { readBrowser } from './browser.ts'
import { cdpSnap, readCdp } from './cdp.ts'
import { readDcp } from './dcp.ts'
import { isRdp, isVnc, readRdp, readVnc } from './desktop.ts'
import { readDhcp } from './dhcp.ts'
import { readDhcpv6 } from './dhcpv6.ts'
import { isFtp, readFtp } from './ftp.ts'
import { isHttp, readHttp } from './http.ts'
import { readLldp } from './lldp.ts'
import { isMqtt, readMqtt } from './mqtt.ts'
import { readDns, readLlmnr, readMdns } from './names.ts'
import { readNames } from './netbios.ts'
import { isRpc, readRpc } from './ntlm.ts'
import { teller, type Found, type Read, type Tell } from './sighting.ts'
import { isSmb, readSmb } from './smb.ts'
import { readSnmp } from './snmp.ts'
import { readSsdp } from './ssdp.ts'
import { isSsh, readSsh } from './ssh.ts'
import { isTelnet, readTelnet } from './telnet.ts'
import { isTls, readTls } from './tls.ts'

export type { Found, Sighting, Subject } from './sighting.ts'

const etherTypes = { lldp: 0x88cc, profinet: 0x8892, firstType: 0x0600 } as const

interface Reader {
  readonly source: string
  readonly read: Read
}

const dhcp: Reader = { source: 'dhcp', read: readDhcp }
const dhcpv6: Reader = { source: 'dhcpv6', read: readDhcpv6 }
const snmp: Reader = { source: 'snmp', read: readSnmp }
const lldp: Reader = { source: 'lldp', read: readLldp }
const cdp: Reader = { source: 'cdp', read: readCdp }
const dcp: Reader = { source: 'pn-dcp', read: readDcp }

const datagrams: ReadonlyMap<number, Reader> = new Map([
  [53, { source: 'dns', read: readDns }],
  [67, dhcp],
  [68, dhcp],
  [137, { source: 'nbns', read: readNames }],
  [138, { source: 'browser', read: readBrowser }],
  [161, snmp],
  [162, snmp],
  [546, dhcpv6],
  [547, dhcpv6],
  [1900, { source: 'ssdp', read: readSsdp }],
  [5353, { source: 'mdns', read: readMdns }],
  [5355, { source: 'llmnr', read: readLlmnr }],
])

/** One side of a connection, from its beginning on. */
interface Opening {
  readonly source: string
  readonly is: (bytes: Uint8Array, fromClient: boolean, port: number) => boolean
  /** @returns whether more of it is wanted */
  readonly read: (bytes: Uint8Array, fromClient: boolean, tell: Tell) => boolean
}

/** By what the bytes are. The first that they are like reads them. */
const openings: readonly Opening[] = [
  { source: 'tls', is: isTls, read: readTls },
  { source: 'ssh', is: isSsh, read: readSsh },
  { source: 'http', is: isHttp, read: readHttp },
  { source: 'smb', is: isSmb, read: readSmb },
  { source: 'rpc', is: isRpc, read: readRpc },
  { source: 'mqtt', is: isMqtt, read: readMqtt },
  { source: 'vnc', is: isVnc, read: readVnc },
  { source: 'telnet', is: isTelnet, read: readTelnet },
  { source: 'rdp', is: (bytes, _, port) => isRdp(bytes, port), read: readRdp },
  // POP3 names its users in the same words.
  { source: 'ftp', is: (bytes, fromClient, port) => port !== 110 && isFtp(bytes, fromClient), read: readFtp },
]

/** By port, when the bytes do not say it: a greeting may be any text. */
const byPort: ReadonlyMap<number, Opening> = new Map(
  openings.flatMap((opening) => {
    const port = { ssh: 22, telnet: 23, ftp: 21 }[opening.source]
    return port === undefined ? [] : [[port, opening] as const]
  }),
)

/** Bytes of one side in which it must have shown what it is. */
const recognised = 2048

/** UDP ports of either side in which {@link readDatagram} looks. */
export const identityPorts: ReadonlySet<number> = new Set(datagrams.keys())

const read = (reader: Reader, bytes: Uint8Array, found: Found): void => reader.read(bytes, teller(reader.source, found))

/**
 * Frames that are not IP: LLDP, PROFINET DCP, and CDP behind IEEE 802.2.
 * @param etherType or, below 0x600, the length field of the frame
 * @param at the first byte behind it
 */
export const readLayer2 = (etherType: number, bytes: Uint8Array, at: number, end: number, found: Found): void => {
  const payload = bytes.subarray(at, end)
  if (etherType === etherTypes.lldp) read(lldp, payload, found)
  else if (etherType === etherTypes.profinet) read(dcp, payload, found)
  else if (etherType < etherTypes.firstType && cdpSnap.every((byte, index) => payload[index] === byte)) {
    // Padding is no part of it; zero is a length that is not known.
    const length = etherType > 0 ? etherType : payload.length
    read(cdp, payload.subarray(cdpSnap.length, length), found)
  }
}

/** The payload of one UDP datagram. */
export const readDatagram = (
  sport: number,
  dport: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  found: Found,
): void => {
  const [from, to] = [datagrams.get(sport), datagrams.get(dport)]
  if (from === undefined && to === undefined) return
  const payload = bytes.subarray(at, end)
  if (from !== undefined) read(from, payload, found)
  // A client's port may be one of these by chance.
  if (to !== undefined && to !== from) read(to, payload, found)
}

/**
 * What one side of a TCP connection sent first, as far as it came: called again with more, it tells the same again and what is new.
 * @param port the server's
 * @returns whether more of this side could tell more
 */
export const readOpening = (
  port: number,
  fromClient: boolean,
  bytes: Uint8Array,
  at: number,
  end: number,
  found: Found,
): boolean => {
  const payload = bytes.subarray(at, end)
  if (payload.length === 0) return true
  const opening = openings.find(({ is }) => is(payload, fromClient, port)) ?? byPort.get(port)
  if (opening === undefined) return payload.length < recognised && isOpen(payload)
  return opening.read(payload, fromClient, teller(opening.source, found))
}

/** Whether the bytes may become what they are not like yet, because too few came. */
const isOpen = (payload: Uint8Array): boolean => payload.length < 8 || payload.every((byte) => byte >= 9 && byte < 0x7f)
