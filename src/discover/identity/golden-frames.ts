/** Frames that are not IP. */
import { ascii, joined, u16, type Golden } from './golden.ts'

/** A TLV of LLDP, IEEE 802.1AB-2016, 8.4: seven bits of type, nine of length. */
const tlv = (type: number, ...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const value = joined(...parts)
  return joined(u16((type << 9) | value.length), value)
}
const lldp = { etherType: 0x88cc } as const
/** Port "port-001" and 20 seconds of life (8.5.3, 8.5.4). */
const portAndLife = joined(tlv(2, '07', ascii('port-001')), tlv(3, '0014'))

/** A TLV of CDP: its length counts the header. */
const cdpTlv = (type: number, ...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const value = joined(...parts)
  return joined(u16(type), u16(value.length + 4), value)
}
const cdp = joined(
  'aaaa0300000c2000 02b4 0000',
  cdpTlv(0x01, ascii('cell-sw1.line.example')),
  cdpTlv(0x02, '00000001 01 01 cc 0004 c6120202'),
  cdpTlv(0x03, ascii('GigabitEthernet1/1')),
  cdpTlv(0x04, '00000028'),
  cdpTlv(
    0x05,
    ascii('Cisco IOS Software, IE2000 Software (IE2000-UNIVERSALK9-M), Version 15.2(4)EA9, RELEASE SOFTWARE'),
  ),
  cdpTlv(0x06, ascii('cisco IE-2000-8TC-G-B')),
  cdpTlv(0x17, '00', ascii('Hall 3')),
)

/** A block of DCP, IEC 61158-6-10, 4.3.1.4: option, suboption, length, and two bytes of information or qualifier. */
const block = (option: string, ...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const value = joined(...parts)
  return joined(option, u16(value.length), value, value.length % 2 === 1 ? '00' : '')
}
const dcp = { etherType: 0x8892 } as const
/** Frame id, service and its type, transaction, delay or reserved, and the length of the blocks. */
const dcpFrame = (head: string, ...blocks: readonly Uint8Array[]): Uint8Array => {
  const all = joined(...blocks)
  return joined(head, '01000001 0000', u16(all.length), all)
}

export const frameGoldens: readonly Golden[] = [
  {
    sentence: 'a switch announces itself by LLDP, with the inventory of LLDP-MED (ANSI/TIA-1057, 10.2.6)',
    carrier: lldp,
    bytes: joined(
      tlv(1, '04 001b1b02e61e'),
      portAndLife,
      tlv(5, ascii('switch1')),
      tlv(6, ascii('Siemens, SIMATIC NET, SCALANCE X204-2, 6GK5 204-2BB10-2AA3, HW: 4, FW: V5.2.4, SVPL6147920')),
      tlv(7, '0014 0004'),
      tlv(8, '05 01 c6120202 02 00000001 00'),
      tlv(127, '0012bb 01 0021 04'),
      tlv(127, '0012bb 08', ascii('VPL6147920')),
      tlv(127, '0012bb 0a', ascii('X204-2')),
      tlv(127, '000ecf 05 001b1b02e61d'),
      tlv(0),
      // Padding of a short frame.
      '00000000',
    ),
    tells: [
      'mac 0.95: 00:1b:1b:02:e6:1e',
      'role 0.8: switch',
      'serial 0.95: VPL6147920',
      'model 0.95: X204-2',
      'mac 0.95: 00:1b:1b:02:e6:1d',
      'ip 0.95: 198.18.2.2',
      ...['', '198.18.2.2 '].flatMap((of) => [
        `${of}name 0.95: switch1`,
        `${of}description 0.95: Siemens, SIMATIC NET, SCALANCE X204-2, 6GK5 204-2BB10-2AA3, HW: 4, FW: V5.2.4, SVPL6147920`,
        `${of}vendor 0.86: Siemens`,
        `${of}model 0.86: SCALANCE X204-2 6GK5 204-2BB10-2AA3`,
        `${of}hardware 0.86: 4`,
        `${of}firmware 0.86: V5.2.4`,
        `${of}serial 0.86: SVPL6147920`,
      ]),
    ],
    tshark: {
      'lldp.chassis.id.mac': '00:1b:1b:02:e6:1e',
      'lldp.tlv.system.name': 'switch1',
      'lldp.mgn.addr.ip4': '198.18.2.2',
      'lldp.media.sn': 'VPL6147920',
      'lldp.media.model': 'X204-2',
      'lldp.profinet.cm_mac_add': '00:1b:1b:02:e6:1d',
    },
  },
  {
    sentence: 'a controller has its type, order number and revisions in its chassis (IEC 61158-6-10, 4.3.1)',
    carrier: lldp,
    bytes: joined(
      tlv(
        1,
        '07',
        ascii(
          ['S7-1500'.padEnd(25), '6ES7 513-1AL02-0AB0'.padEnd(20), 'S C-LNU904482021', '    5', 'V  2  9  4'].join(' '),
        ),
      ),
      portAndLife,
      tlv(8, '11 02 fd000198001800000000000000000010 02 00000001 00'),
      tlv(0),
    ),
    tells: [
      'model 0.95: S7-1500 6ES7 513-1AL02-0AB0',
      'serial 0.95: S C-LNU904482021',
      'hardware 0.95: 5',
      'firmware 0.95: V2.9.4',
      'ip 0.95: fd00:198:18::10',
    ],
    tshark: { 'lldp.mgn.addr.ip6': 'fd00:198:18::10' },
  },
  {
    sentence: 'a network address as chassis, a router, and no address at all for its management (8.5.2, 8.5.8, 8.5.9)',
    carrier: lldp,
    bytes: joined(
      tlv(1, '05 01 c6120201'),
      portAndLife,
      tlv(7, '0014 0010'),
      tlv(8, '05 01 00000000 02 00000001 00'),
      tlv(0),
    ),
    tells: ['ip 0.95: 198.18.2.1', 'role 0.8: router'],
    tshark: { 'lldp.chassis.id.ip4': '198.18.2.1' },
  },
  {
    sentence: 'a switch announces itself by CDP',
    carrier: { etherType: cdp.length },
    bytes: joined(cdp, '00000000'),
    tells: [
      'name 0.95: cell-sw1.line.example',
      'ip 0.95: 198.18.2.2',
      'role 0.8: switch',
      'description 0.95: Cisco IOS Software, IE2000 Software (IE2000-UNIVERSALK9-M), Version 15.2(4)EA9, RELEASE SOFTWARE',
      'vendor 0.86: Cisco',
      'firmware 0.86: 15.2(4)EA9',
      'vendor 0.95: Cisco',
      'model 0.95: IE-2000-8TC-G-B',
      'location 0.95: Hall 3',
    ],
    tshark: {
      'cdp.deviceid': 'cell-sw1.line.example',
      'cdp.platform': 'cisco IE-2000-8TC-G-B',
      'cdp.location': 'Hall 3',
    },
  },
  {
    sentence: 'a controller answers an identification (IEC 61158-6-10, 4.3.1.3)',
    carrier: dcp,
    bytes: dcpFrame(
      'feff 05 01',
      block('0202', '0000', ascii('plc-7')),
      block('0201', '0000', ascii('S7-1500')),
      block('0203', '0000 002a 010d'),
      block('0204', '0000 02 00'),
      block('0102', '0001 c612010a ffff0000 c6120101'),
    ),
    tells: [
      'name 0.95: plc-7',
      'model 0.95: S7-1500',
      'vendor 0.95: Siemens',
      'role 0.95: plc',
      'ip 0.95: 198.18.1.10',
    ],
    tshark: {
      'pn_dcp.suboption_device_nameofstation': 'plc-7',
      'pn_dcp.suboption_device_devicevendorvalue': 'S7-1500',
      'pn_dcp.suboption_ip_ip': '198.18.1.10',
    },
  },
  {
    sentence: 'an order to take a name tells of whom it is for',
    carrier: dcp,
    bytes: dcpFrame('fefd 04 00', block('0202', '0001', ascii('drive-3'))),
    tells: ['receiver name 0.6: drive-3'],
    tshark: { 'pn_dcp.suboption_device_nameofstation': 'drive-3' },
  },
  {
    sentence: 'who looks for a name tells of nobody',
    carrier: dcp,
    bytes: dcpFrame('fefe 05 00', block('0202', ascii('drive-3'))),
    tells: [],
    tshark: { 'pn_dcp.suboption_device_nameofstation': 'drive-3' },
  },
]
