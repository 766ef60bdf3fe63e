/** Datagrams that carry names: DNS and its kin, and NetBIOS. */
import { ascii, joined, little16, little32, netbios, u16, type Golden } from './golden.ts'

/** Labels of a name, RFC 1035, 3.1. */
const name = (text: string): Uint8Array =>
  joined(...text.split('.').flatMap((label) => [Uint8Array.of(label.length), ascii(label)]), '00')
/** A record of 120 seconds, 4.1.3. */
const record = (owner: Uint8Array, type: number, ...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const data = joined(...parts)
  return joined(owner, u16(type), '0001 00000078', u16(data.length), data)
}
const strings = (...all: readonly string[]): Uint8Array =>
  joined(...all.flatMap((text) => [Uint8Array.of(text.length), ascii(text)]))
const mdns = { sport: 5353, dport: 5353 } as const
const instance = name('HMI 1._http._tcp.local')

const padded = (text: string, size: number, fill: string): Uint8Array => ascii(text.padEnd(size, fill))
const nbns = { sport: 137, dport: 137 } as const

/** MS-BRWS, 2.2.1: a host announcement of Windows 6.1, a server of NT, at the end of a transaction of SMB. */
const announcement = joined(
  '01 00 80fc0a00',
  padded('SCADA-1', 16, '\0'),
  '06 01',
  little32(0x0000_9003),
  '0f 01 55aa',
  ascii('Line 3\0'),
)
const mailslot = ascii('\\MAILSLOT\\BROWSE\0')
/** MS-CIFS, 2.2.4.33.1: seventeen words, of which the last three are a mailslot's, and where the data stands. */
const transaction = joined(
  'ff534d42 25 00000000 00 0000 0000 0000000000000000 0000 0000 0000 0000 0000',
  '11 0000',
  little16(announcement.length),
  '0000 0000 00 00 0000 00000000 0000 0000 0000',
  little16(announcement.length),
  little16(32 + 1 + 34 + 2 + mailslot.length),
  '03 00 0100 0100 0200',
  little16(mailslot.length + announcement.length),
  mailslot,
  announcement,
)

export const nameGoldens: readonly Golden[] = [
  {
    sentence: 'a panel answers for its service (RFC 6762, 6; RFC 6763, 4 to 6)',
    carrier: mdns,
    bytes: joined(
      '0000 8400 0000 0002 0000 0002',
      record(name('_http._tcp.local'), 12, instance),
      record(instance, 16, strings('model=TP1200', 'fw=V15.1', 'manufacturer=Siemens', 'path=/')),
      record(instance, 33, '0000 0000 0050', name('hmi-1.local')),
      record(name('hmi-1.local'), 1, 'c6120246'),
    ),
    tells: [
      'service 0.9: _http._tcp',
      'model 0.9: TP1200',
      'firmware 0.9: V15.1',
      'vendor 0.9: Siemens',
      'name 0.9: hmi-1',
      '198.18.2.70 name 0.9: hmi-1',
    ],
    tshark: { 'dns.srv.target': 'hmi-1.local', 'dns.a': '198.18.2.70' },
  },
  {
    sentence: 'a host proposes its name (RFC 6762, 8.2), and a name points back into the message (RFC 1035, 4.1.4)',
    carrier: mdns,
    bytes: joined(
      '0000 0000 0001 0000 0001 0000',
      name('hmi-1.local'),
      '00ff 0001',
      record(joined('c00c'), 28, 'fd000198001800000000000000000046'),
    ),
    tells: ['fd00:198:18::46 name 0.9: hmi-1'],
    tshark: { 'dns.aaaa': 'fd00:198:18::46' },
  },
  {
    sentence: 'answers that are known already are of others (RFC 6762, 7.1)',
    carrier: mdns,
    bytes: joined(
      '0000 0000 0001 0001 0000 0000',
      name('_http._tcp.local'),
      '000c 0001',
      record(joined('c00c'), 12, instance),
    ),
    tells: [],
    tshark: { 'dns.ptr.domain_name': 'HMI 1._http._tcp.local' },
  },
  {
    sentence: 'a printer and a workstation tell what they are',
    carrier: mdns,
    bytes: joined(
      '0000 8400 0000 0003 0000 0000',
      record(name('Label._ipp._tcp.local'), 16, strings('ty=ZT411', 'note=Hall 3', 'product=(ZT411)')),
      record(name('ews-1 [00:1b:1b:aa:00:72]._workstation._tcp.local'), 16, '00'),
      record(name('ews-1.local'), 13, strings('X86_64', 'LINUX')),
    ),
    tells: [
      'service 0.9: _ipp._tcp',
      'role 0.7: printer',
      'model 0.9: ZT411',
      'location 0.9: Hall 3',
      'service 0.9: _workstation._tcp',
      'role 0.7: workstation',
      'mac 0.9: 00:1b:1b:aa:00:72',
      'os 0.7: LINUX',
    ],
    tshark: { 'dns.hinfo.os': 'LINUX' },
  },
  {
    sentence: 'a host answers for its name on the link (RFC 4795, 2.3)',
    carrier: { sport: 5355, dport: 50_000 },
    bytes: joined('0001 8000 0001 0001 0000 0000', name('ews-1'), '0001 0001', record(joined('c00c'), 1, 'c6120248')),
    tells: ['198.18.2.72 name 0.9: ews-1'],
    tshark: { 'dns.a': '198.18.2.72' },
  },
  {
    sentence:
      'a server names an address of the plant, both ways (RFC 1035, 3.5), and of the world, of which nothing is kept',
    carrier: { sport: 53, dport: 50_000 },
    bytes: joined(
      '0001 8180 0001 0004 0000 0000',
      name('hist-1.line.example'),
      '0001 0001',
      record(joined('c00c'), 1, 'c6120350'),
      record(name('80.3.18.198.in-addr.arpa'), 12, name('hist-1.line.example')),
      record(name('0.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.1.0.0.8.9.1.0.0.0.d.f.ip6.arpa'), 12, name('hist-1')),
      record(name('www.example.org'), 1, '08080808'),
    ),
    tells: ['198.18.3.80 name 0.6: hist-1.line.example', 'fd00:198:18::50 name 0.6: hist-1'],
    tshark: { 'dns.ptr.domain_name': 'hist-1.line.example', 'dns.a': '8.8.8.8' },
  },
  {
    sentence: 'a host registers its name (RFC 1002, 4.2.2)',
    carrier: nbns,
    bytes: joined(
      '0001 2910 0001 0000 0000 0001',
      netbios('EWS-1', 0),
      '0020 0001 c00c 0020 0001 000493e0 0006 0000 c6120248',
    ),
    tells: ['name 0.9: EWS-1'],
    tshark: { 'nbns.name': 'EWS-1<00> (Workstation/Redirector)', 'nbns.addr': '198.18.2.72' },
  },
  {
    sentence: 'a host registers that it is one of a group',
    carrier: nbns,
    bytes: joined(
      '0001 2910 0001 0000 0000 0001',
      netbios('LINE3', 0),
      '0020 0001 c00c 0020 0001 000493e0 0006 8000 c6120248',
    ),
    tells: ['domain 0.9: LINE3'],
    tshark: { 'nbns.addr': '198.18.2.72' },
  },
  {
    sentence: 'an answer names another address (RFC 1002, 4.2.13)',
    carrier: nbns,
    bytes: joined('0001 8500 0000 0001 0000 0000', netbios('SCADA-1', 0x20), '0020 0001 000493e0 0006 0000 c6120246'),
    tells: ['198.18.2.70 name 0.9: SCADA-1'],
    tshark: { 'nbns.addr': '198.18.2.70' },
  },
  {
    sentence: 'a host gives all its names and its interface (RFC 1002, 4.2.18)',
    carrier: nbns,
    bytes: joined(
      '0001 8400 0000 0001 0000 0000',
      netbios('*'.padEnd(15, '\0'), 0),
      '0021 0001 00000000 003d 03',
      padded('SCADA-1', 15, ' '),
      '00 0400',
      padded('LINE3', 15, ' '),
      '00 8400',
      padded('LINE3', 15, ' '),
      '1c 8400',
      '001b1baa0070',
    ),
    tells: ['name 0.9: SCADA-1', 'domain 0.9: LINE3', 'role 0.6: server', 'mac 0.95: 00:1b:1b:aa:00:70'],
    tshark: { 'nbns.unit_id': '00:1b:1b:aa:00:70' },
  },
  {
    sentence: 'a server announces itself to its workgroup (RFC 1002, 4.4; MS-BRWS, 2.2.1)',
    carrier: { sport: 138, dport: 138 },
    bytes: joined(
      '11 0a 0001 c6120246 008a',
      u16(68 + transaction.length),
      '0000',
      netbios('SCADA-1', 0),
      netbios('LINE3', 0x1d),
      transaction,
    ),
    tells: ['name 0.9: SCADA-1', 'domain 0.9: LINE3', 'description 0.7: Line 3', 'os 0.7: Windows 7 / Server 2008 R2'],
    tshark: { 'browser.server': 'SCADA-1', 'browser.comment': 'Line 3' },
  },
]
