/** Datagrams of address and management protocols. */
import { ascii, joined, lines, u16, type Golden } from './golden.ts'

/** RFC 2131, 2: from the operation to the server's address, the client's Ethernet address, and two names that are not used. */
const dhcp = (operation: '01' | '02', yours: string, ...options: readonly (string | Uint8Array)[]): Uint8Array =>
  joined(
    `${operation} 01 06 00 00000001 0000 0000 00000000`,
    yours,
    '00000000 00000000 001b1baa0010',
    new Uint8Array(10 + 64 + 128),
    '63825363',
    ...options,
    'ff',
  )
const option = (code: string, ...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const value = joined(...parts)
  return joined(code, Uint8Array.of(value.length), value)
}
const toServer = { sport: 68, dport: 67 } as const
const toClient = { sport: 67, dport: 68 } as const

/** BER, X.690, 8: all lengths here fit in one byte or two. */
const ber = (tag: string, ...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const value = joined(...parts)
  return joined(tag, value.length < 128 ? Uint8Array.of(value.length) : joined('82', u16(value.length)), value)
}
const octets = (text: string): Uint8Array => ber('04', ascii(text))
const bound = (oid: string, value: Uint8Array): Uint8Array => ber('30', ber('06', oid), value)
const system = (object: string): string => `2b0601020101${object}00`
/** 1.3.6.1.4.1.4329.6, of Siemens. */
const siemens = '2b06010401a16906'

export const datagramGoldens: readonly Golden[] = [
  {
    sentence: 'a client asks for an address (RFC 2132, 3.14 and 9.13; RFC 4702, 2)',
    carrier: toServer,
    bytes: dhcp(
      '01',
      '00000000',
      option('35', '03'),
      option('0c', ascii('ews-1')),
      option('3c', ascii('MSFT 5.0')),
      option('51', '00 00 00', ascii('ews-1.line.example')),
    ),
    tells: [
      '00:1b:1b:aa:00:10 name 0.9: ews-1',
      '00:1b:1b:aa:00:10 name 0.9: ews-1.line.example',
      '00:1b:1b:aa:00:10 os 0.7: Windows',
    ],
    tshark: { 'dhcp.option.hostname': 'ews-1', 'dhcp.option.vendor_class_id': 'MSFT 5.0' },
  },
  {
    sentence: 'a name of a client is encoded as in DNS (RFC 4702, 2.1), and its vendor class is a text',
    carrier: toServer,
    bytes: dhcp(
      '01',
      '00000000',
      option('35', '01'),
      option('51', '04 00 00 05', ascii('plc-7'), '04', ascii('line'), '00'),
      option('3c', ascii('udhcp 1.20.2 VxWorks')),
    ),
    tells: [
      '00:1b:1b:aa:00:10 name 0.9: plc-7.line',
      '00:1b:1b:aa:00:10 description 0.7: udhcp 1.20.2 VxWorks',
      '00:1b:1b:aa:00:10 os 0.5: VxWorks',
    ],
    tshark: { 'dhcp.option.vendor_class_id': 'udhcp 1.20.2 VxWorks' },
  },
  {
    sentence: 'a server gives an address away (RFC 2131, 3.1)',
    carrier: toClient,
    bytes: dhcp('02', 'c6120210', option('35', '05'), option('0f', ascii('line.example'))),
    tells: [
      '00:1b:1b:aa:00:10 ip 0.95: 198.18.2.16',
      '198.18.2.16 mac 0.95: 00:1b:1b:aa:00:10',
      '00:1b:1b:aa:00:10 domain 0.7: line.example',
    ],
    tshark: { 'dhcp.ip.your': '198.18.2.16', 'dhcp.option.domain_name': 'line.example' },
  },
  {
    sentence: 'what a server offers is not taken yet',
    carrier: toClient,
    bytes: dhcp('02', 'c6120210', option('35', '02')),
    tells: [],
  },
  {
    sentence: 'a client of DHCPv6 says its name and vendor (RFC 4704, 4; RFC 8415, 21.16)',
    carrier: { sport: 546, dport: 547 },
    bytes: joined(
      '01 000001 0027 000d 01 05',
      ascii('ews-1'),
      '04',
      ascii('line'),
      '00 0010 000e 00000137 0008',
      ascii('MSFT 5.0'),
    ),
    tells: ['name 0.9: ews-1.line', 'os 0.7: Windows'],
    tshark: { 'dhcpv6.client_domain': 'ews-1.line.' },
  },
  {
    sentence: 'an agent answers for its system group (RFC 3416, 3; RFC 3418, 2) and its first entity (RFC 6933)',
    carrier: { sport: 161, dport: 40_000 },
    bytes: ber(
      '30',
      '020101',
      octets('secret'),
      ber(
        'a2',
        '020101 020100 020100',
        ber(
          '30',
          bound(system('01'), octets('Siemens, SIMATIC S7, CPU 1516-3 PN/DP, 6ES7 516-3AN01-0AB0, HW: 4, SW: V2.8.1')),
          bound(system('02'), ber('06', siemens)),
          bound(system('05'), octets('plc-7')),
          bound(system('06'), octets('Hall 3')),
          bound('2b060102012f01010101 0b01', octets('SVPX1')),
        ),
      ),
    ),
    tells: [
      'clear-text-login 0.95: snmp',
      'description 0.95: Siemens, SIMATIC S7, CPU 1516-3 PN/DP, 6ES7 516-3AN01-0AB0, HW: 4, SW: V2.8.1',
      'vendor 0.86: Siemens',
      'model 0.86: CPU 1516-3 PN/DP 6ES7 516-3AN01-0AB0',
      'hardware 0.86: 4',
      'firmware 0.86: V2.8.1',
      'vendor 0.95: Siemens',
      'name 0.95: plc-7',
      'location 0.95: Hall 3',
      'serial 0.95: SVPX1',
    ],
    tshark: { 'snmp.value.oid': '1.3.6.1.4.1.4329.6', 'snmp.name': '1.3.6.1.2.1.47.1.1.1.1.11.1' },
  },
  {
    sentence: 'a trap of the first version tells of its agent (RFC 1157, 4.1.6)',
    carrier: { sport: 50_000, dport: 162 },
    bytes: ber(
      '30',
      '020100',
      octets('public'),
      ber(
        'a4',
        ber('06', siemens),
        '4004c612010a 020106 020101 430164',
        ber('30', bound(system('05'), octets('plc-7'))),
      ),
    ),
    tells: ['clear-text-login 0.95: snmp', '198.18.1.10 vendor 0.7: Siemens', '198.18.1.10 name 0.95: plc-7'],
    tshark: { 'snmp.agent_addr': '198.18.1.10' },
  },
  {
    sentence: 'a request tells that whom it is for is asked in clear text',
    carrier: { sport: 40_000, dport: 161 },
    bytes: ber(
      '30',
      '020100',
      octets('public'),
      ber('a0', '020101 020100 020100', ber('30', bound(system('01'), joined('0500')))),
    ),
    tells: ['receiver clear-text-login 0.5: snmp'],
    tshark: { 'snmp.community': 'public' },
  },
  {
    sentence: 'version 3 has no community (RFC 3412, 6)',
    carrier: { sport: 161, dport: 40_000 },
    bytes: ber(
      '30',
      '020103',
      ber('30', '020101 0203010000 040100 020103'),
      octets(''),
      ber('30', octets(''), octets(''), ber('a2', '020101 020100 020100 3000')),
    ),
    tells: [],
  },
  {
    sentence: 'a router greets the devices of a home (UPnP Device Architecture 2.0, 1.2.2)',
    carrier: { sport: 1900, dport: 1900 },
    bytes: lines(
      'NOTIFY * HTTP/1.1',
      'HOST: 239.255.255.250:1900',
      'NT: urn:schemas-upnp-org:device:InternetGatewayDevice:1',
      'NTS: ssdp:alive',
      'SERVER: Linux/3.10 UPnP/1.0 Gateway/2.1',
      '',
    ),
    tells: ['service 0.7: Linux/3.10 UPnP/1.0 Gateway/2.1', 'os 0.7: Linux', 'role 0.7: router'],
    tshark: { 'http.server': 'Linux/3.10 UPnP/1.0 Gateway/2.1' },
  },
  {
    sentence: 'who searches tells its system',
    carrier: { sport: 50_000, dport: 1900 },
    bytes: lines(
      'M-SEARCH * HTTP/1.1',
      'MAN: "ssdp:discover"',
      'USER-AGENT: Microsoft-Windows/6.1 UPnP/1.0',
      'ST: ssdp:all',
      '',
    ),
    tells: ['os 0.7: Windows 7 / Server 2008 R2'],
    tshark: { 'http.user_agent': 'Microsoft-Windows/6.1 UPnP/1.0' },
  },
]
