/** What a whole capture tells, and what tshark shows of the same: for the comparison of the two. */
import { macAt } from '#packet/decode.ts'
import { Headers } from '#packet/headers.ts'
import { LinkLayer } from '#packet/link-layer.ts'
import { ipProtocols, tcpFlags } from '#packet/numbers.ts'
import type { CaptureRecord } from '#packet/records.ts'
import { readDatagram, readLayer2, readOpening, type Found, type Sighting } from './identity.ts'

/** Bytes kept of one side of a connection. */
const longestSide = 16_384

interface Side {
  bytes: Uint8Array
  next: number
  port: number
  fromClient: boolean
  isWanted: boolean
}

/** A field of tshark, the fact that its values must be found as, and what is left out or put into the same words. */
export interface Shown {
  readonly field: string
  readonly name: Sighting['name']
  /** Fields of the same frame, and a value that one of each must have. */
  readonly when?: Readonly<Record<string, string>>
  /** @returns the value as facts have it; undefined for what is no fact */
  readonly words?: (value: string) => string | undefined
}

/** Frames in which tshark may show any of it. */
export const filter =
  'lldp || cdp || pn_dcp || dhcp || dhcpv6 || snmp || nbdgm || nbns || mdns || llmnr || http || smb || smb2 || ntlmssp || tls'

const notUnset = (value: string): string | undefined => (value === '0.0.0.0' ? undefined : value)
const notNull = (value: string): string | undefined => (value === 'NULL' ? undefined : value)
/** Such as `EWS-1<00> (Workstation/Redirector)`. */
const hostOf = (value: string): string | undefined => /^([^<*]+)<(?:00|20)>/.exec(value)?.[1]?.trim()

export const shown: readonly Shown[] = [
  { field: 'lldp.tlv.system.name', name: 'name' },
  { field: 'lldp.tlv.system.desc', name: 'description' },
  { field: 'lldp.chassis.id.mac', name: 'mac' },
  { field: 'lldp.mgn.addr.ip4', name: 'ip', words: notUnset },
  { field: 'lldp.profinet.cm_mac_add', name: 'mac' },
  { field: 'cdp.deviceid', name: 'name' },
  { field: 'pn_dcp.suboption_device_nameofstation', name: 'name', when: { 'pn_dcp.service_type': '1' } },
  { field: 'pn_dcp.suboption_device_nameofstation', name: 'name', when: { 'pn_dcp.service_id': '4' } },
  { field: 'pn_dcp.suboption_device_devicevendorvalue', name: 'model' },
  { field: 'pn_dcp.suboption_ip_ip', name: 'ip', words: notUnset },
  { field: 'dhcp.option.hostname', name: 'name' },
  { field: 'dhcpv6.client_domain', name: 'name', words: (value) => value.replace(/\.$/, '') },
  { field: 'snmp.agent_addr', name: 'ip' },
  { field: 'browser.server', name: 'name', when: { 'browser.command': '0x01' } },
  { field: 'browser.server', name: 'name', when: { 'browser.command': '0x0f' } },
  { field: 'browser.comment', name: 'description', when: { 'browser.command': '0x01' } },
  { field: 'nbdgm.source_name', name: 'name', words: hostOf },
  { field: 'nbns.name', name: 'name', when: { 'nbns.flags.opcode': '5', 'nbns.nb_flags.group': '0' }, words: hostOf },
  { field: 'nbns.name', name: 'name', when: { 'nbns.flags.response': '1', 'nbns.type': '32' }, words: hostOf },
  { field: 'dns.srv.target', name: 'name', words: (value) => value.replace(/\.local$/, '') },
  { field: 'http.server', name: 'service' },
  { field: 'http.authbasic', name: 'clear-text-login', words: () => 'http-basic' },
  { field: 'smb.native_os', name: 'os', words: (value) => (value === 'Unix' ? undefined : value) },
  { field: 'ntlmssp.challenge.target_info.nb_computer_name', name: 'name' },
  { field: 'ntlmssp.challenge.target_info.dns_computer_name', name: 'name' },
  { field: 'ntlmssp.auth.hostname', name: 'name', words: notNull },
  { field: 'tls.handshake.extensions_server_name', name: 'name' },
]

const joined = (first: Uint8Array, second: Uint8Array): Uint8Array => {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** Reads connections from what is there of them on, in the order of their sequence numbers, as far as nothing is missing. */
class Connections {
  readonly #sides = new Map<string, Side>()

  read(bytes: Uint8Array, headers: Headers, found: Found): void {
    const { srcOffset, payloadOffset, payloadEnd, sport, dport, seq, flags } = headers
    const key = bytes.subarray(srcOffset, srcOffset + (headers.family === 4 ? 8 : 32)).join('.') + ` ${sport} ${dport}`
    const isOpening = (flags & tcpFlags.syn) !== 0
    const fromClient = isOpening ? (flags & tcpFlags.ack) === 0 : sport > dport
    const fresh = { bytes: new Uint8Array(0), next: seq + (isOpening ? 1 : 0), fromClient, isWanted: true }
    const side = this.#sides.get(key)
    const used = side === undefined || isOpening ? { ...fresh, port: fromClient ? dport : sport } : side
    this.#sides.set(key, used)
    if (!used.isWanted || payloadEnd <= payloadOffset || ((seq - used.next) | 0) !== 0) return
    used.next = (seq + payloadEnd - payloadOffset) | 0
    used.bytes = joined(used.bytes, bytes.subarray(payloadOffset, payloadEnd)).subarray(0, longestSide)
    used.isWanted = readOpening(used.port, used.fromClient, used.bytes, 0, used.bytes.length, found)
  }
}

/** Gives every sighting of a capture; Ethernet addresses of senders as their frames have them. */
export const sightingsIn = (
  records: Iterable<CaptureRecord>,
  found: (sighting: Sighting, sender: string) => void,
): void => {
  const headers = new Headers()
  const link = new LinkLayer()
  const connections = new Connections()
  for (const { linkType, bytes } of records) {
    const { content, offset } = link.read(linkType, bytes)
    if (content === 'other') continue
    const isFrame = content === 'ethernet'
    const sender = isFrame ? macAt(bytes, offset + 6) : ''
    const give: Found = (sighting) => found(sighting, sender)
    if (isFrame) headers.readFrame(bytes, offset, bytes.length)
    else headers.readIp(bytes, offset, bytes.length)
    const { payloadOffset, payloadEnd } = headers
    if (headers.problem === 'not-ip') readLayer2(headers.etherType, bytes, payloadOffset, payloadEnd, give)
    else if (!headers.ok || headers.fragmented) continue
    else if (headers.protocol === ipProtocols.udp)
      readDatagram(headers.sport, headers.dport, bytes, payloadOffset, payloadEnd, give)
    else if (headers.protocol === ipProtocols.tcp) connections.read(bytes, headers, give)
  }
}
