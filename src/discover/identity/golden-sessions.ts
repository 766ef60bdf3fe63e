/** TLS and SMB. */
import { ascii, joined, little16, little32, netbios, u16, wide, type Golden } from './golden.ts'

/** One message of the session service, RFC 1002, 4.3.1. */
const session = (...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const message = joined(...parts)
  return joined('0000', u16(message.length), message)
}
/** Header of SMB 1 (MS-CIFS, 2.2.3.1) with Unicode and, in the flags, whether it is a reply. */
const smb1 = (command: string, isReply: boolean): string =>
  `ff534d42 ${command} 00000000 ${isReply ? '98' : '18'} 01c8 0000 0000000000000000 0000 0000 fffe 0000 0000`
/** Header of SMB 2 (MS-SMB2, 2.2.1.2) of a reply. */
const smb2 = (command: string): string =>
  `fe534d42 4000 0000 00000000 ${command} 0100 01000000 00000000 0000000000000000 fffe0000 00000000 ${'00'.repeat(24)}`

/** An attribute and value pair of NTLM, MS-NLMP, 2.2.2.1. */
const pair = (id: number, text: string): Uint8Array => joined(little16(id), little16(text.length * 2), wide(text))
const target = joined(
  pair(2, 'LINE3'),
  pair(1, 'HIST-1'),
  pair(4, 'line.example'),
  pair(3, 'hist-1.line.example'),
  '00000000',
)
/** MS-NLMP, 2.2.1.2: target name of five letters at 56, the pairs behind it, and version 10.0.17763. */
const challenge = joined(
  ascii('NTLMSSP\0'),
  '02000000 0a00 0a00 38000000 05828aa2 0102030405060708 0000000000000000',
  little16(target.length),
  little16(target.length),
  little32(66),
  '0a00 6345 0000000f',
  wide('LINE3'),
  target,
)
/** MS-NLMP, 2.2.1.3: answers, domain and user are empty or stepped over; the workstation stands behind the version, at 72. */
const authenticate = joined(
  ascii('NTLMSSP\0'),
  '03000000 0000 0000 48000000 0000 0000 48000000 0000 0000 48000000 0400 0400 52000000 0a00 0a00 48000000',
  '0000 0000 48000000 05828aa2 0501 280a 0000000f',
  wide('EWS-1'),
  wide('op'),
)
/** The first reply of a session by NTLM without SPNEGO: MS-SMB2, 2.2.6. */
const sessionSetup = joined(smb2('0100'), '0900 0000 4800', little16(challenge.length), challenge)
const oemSystem = joined(wide('Windows 5.1'), '0000', wide('Windows 2000 LAN Manager'), '0000')

/** `CN=plc-7.line.example`, made by OpenSSL 3.0 and served by Node.js 24: ServerHello and Certificate of TLS 1.2. */
const flight = joined(
  '16030300410200003d0303b996b9d278427c134d155364ecc21fc122f2aba46b3b3f192cbec4af0ecd407600c02b000015ff01000100000b0004',
  '030001020023000000170000160303022b0b0002270002240002213082021d308201c3a00302010202145bd34cc60305f36c9ce7a699b0797b03',
  'bb938f08300a06082a8648ce3d040302304d31133011060355040a0c0a5369656d656e73204147311b301906035504030c12706c632d372e6c69',
  '6e652e6578616d706c6531193017060355040513105320432d5834553432313330323030393020170d3236313132363034343630305a180f3231',
  '3236313130323034343630305a304d31133011060355040a0c0a5369656d656e73204147311b301906035504030c12706c632d372e6c696e652e',
  '6578616d706c6531193017060355040513105320432d5834553432313330323030393059301306072a8648ce3d020106082a8648ce3d03010703',
  '420004ac3da32c108089e21667e2f3897472ea121e365ea242e3235bffa2529f2086e93340b4218267f80baf84715b864f694450678bba40ad23',
  '0bd540107fe40d0080a37f307d301d0603551d0e04160414f8252dd41a6dd504cc09e5d985dbc11fa8c9d4d3301f0603551d23041830168014f8',
  '252dd41a6dd504cc09e5d985dbc11fa8c9d4d3300f0603551d130101ff040530030101ff302a0603551d11042330218212706c632d372e6c696e',
  '652e6578616d706c658205706c632d378704c612010a300a06082a8648ce3d0403020348003045022100a1e95058493ea1a4075e7a00ca6e049e',
  'd8d4de0d07b7795624e3926428dd07fd022069e6cd2d6122610e6e1ff136b96d59511c06976a4ad3d83e465ffe810ac34914',
)

export const sessionGoldens: readonly Golden[] = [
  {
    sentence: 'a client asks for a server by its name (RFC 6066, 3)',
    carrier: { port: 443, fromClient: true },
    bytes: joined(
      '16030100730100006f0303c8df1876a622563c61136ba906f43e41e8ded58c6a1c08a4e153c604139c6761000002c02b01000044ff0100010000',
      '0000170015000012706c632d372e6c696e652e6578616d706c65000b000403000102000a000400020017002300000016000000170000000d0004',
      '00020403',
    ),
    more: true,
    tells: ['receiver name 0.5: plc-7.line.example'],
    tshark: { 'tls.handshake.extensions_server_name': 'plc-7.line.example' },
  },
  {
    sentence: 'a server shows its certificate (RFC 5246, 7.4.2; RFC 5280, 4.1.2.6 and 4.2.1.6)',
    carrier: { port: 443, fromClient: false },
    bytes: flight,
    tshark: { 'x509sat.uTF8String': 'plc-7.line.example', 'x509ce.dNSName': 'plc-7' },
    tells: [
      'service 0.95: TLS 1.2',
      'vendor 0.5: Siemens',
      'name 0.6: plc-7.line.example',
      'serial 0.5: S C-X4U421302009',
      'name 0.6: plc-7',
    ],
  },
  {
    sentence: 'a server of TLS 1.3 hides its certificate (RFC 8446, 4.1.3 and 4.2.1)',
    carrier: { port: 443, fromClient: false },
    bytes: joined(
      '16 0303 0038 02 000034 0303',
      new Uint8Array(32).fill(0x11),
      '00 1301 00 000c 002b 0002 0304 002d 0002 0001',
      '14 0303 0001 01',
    ),
    tells: ['service 0.95: TLS 1.3'],
    tshark: { 'tls.handshake.extensions.supported_version': '0x0304' },
  },
  {
    sentence: 'a server of SMB 1 names itself and its domain (MS-CIFS, 2.2.4.52.2)',
    carrier: { port: 445, fromClient: false },
    bytes: session(
      smb1('72', true),
      '11 0000 01 3200 0100 04110000 00000100 00000000 5c000000 0000000000000000 0000 08',
      little16(8 + 24),
      '0102030405060708',
      wide('LINE3\0'),
      wide('HIST-1\0').subarray(0, 12),
    ),
    more: true,
    tells: ['service 0.95: SMB 1', 'clear-text-login 0.7: smb', 'domain 0.9: LINE3', 'name 0.9: HIST-1'],
    tshark: { 'smb.server': 'HIST-1', 'smb.primary_domain': 'LINE3' },
  },
  {
    sentence:
      'a session of NetBIOS is opened, and a client of SMB 1 names its system (RFC 1002, 4.3.2; MS-SMB, 2.2.4.6.1)',
    carrier: { port: 139, fromClient: true },
    bytes: joined(
      '81000044',
      netbios('HIST-1', 0x20),
      netbios('EWS-1', 0),
      session(
        smb1('73', false),
        '0c ff00 0000 0411 0a00 0000 00000000',
        little16(authenticate.length),
        '00000000 d4000080',
        little16(authenticate.length + 1 + oemSystem.length),
        authenticate,
        '00',
        oemSystem,
      ),
    ),
    more: true,
    tells: ['receiver name 0.9: HIST-1', 'name 0.9: EWS-1', 'os 0.7: Windows 5.1', 'os 0.95: Windows XP (5.1.2600)'],
    tshark: { 'smb.native_os': 'Windows 5.1', 'ntlmssp.auth.hostname': 'EWS-1' },
  },
  {
    sentence: 'a server of SMB 2 chooses a version (MS-SMB2, 2.2.4), and its challenge names it (MS-NLMP, 2.2.1.2)',
    carrier: { port: 445, fromClient: false },
    bytes: joined(
      session(smb2('0000'), '4100 0100 1103 0000', new Uint8Array(56), '8000 0000 00000000'),
      session(sessionSetup),
    ),
    more: true,
    tells: [
      'service 0.95: SMB 3.1.1',
      'name 0.95: HIST-1',
      'name 0.95: hist-1.line.example',
      'domain 0.95: LINE3',
      'domain 0.95: line.example',
      'os 0.95: Windows 10 / Server 2019 (10.0.17763)',
    ],
    tshark: { 'ntlmssp.challenge.target_info.nb_computer_name': 'HIST-1' },
  },
  {
    sentence: 'a server of DCE/RPC answers a bind with its names (C706, 12.6.4.4; MS-NLMP, 2.2.1.2)',
    carrier: { port: 135, fromClient: false },
    bytes: joined(
      '05 00 0c 07 10000000',
      little16(24 + 36 + 8 + challenge.length),
      little16(challenge.length),
      '01000000 d016 d016 00000000 0400',
      ascii('135\0'),
      '0000 01000000 0000 0000',
      '045d888aeb1cc9119fe808002b104860 02000000',
      '0a 02 00 00 00000000',
      challenge,
    ),
    more: true,
    tells: [
      'name 0.95: HIST-1',
      'name 0.95: hist-1.line.example',
      'domain 0.95: LINE3',
      'domain 0.95: line.example',
      'os 0.95: Windows 10 / Server 2019 (10.0.17763)',
    ],
  },
]
