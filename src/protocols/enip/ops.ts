/** EtherNet/IP: the encapsulation commands; CIP services and PCCC commands travel inside and are ops of the same vocabulary. */
import { defineVocabulary, type Op } from '#core/protocol.ts'
import { cip } from './cip.ts'
import { pccc } from './pccc.ts'

const encapsulation = {
  nop: { code: 'command 0x0000', risk: 'session', summary: 'Nothing: keeps the connection', from: 'either' },
  'list-services': { code: 'command 0x0004', risk: 'discover', summary: 'Ask which services exist' },
  'list-identity': { code: 'command 0x0063', risk: 'discover', summary: 'Ask who is there' },
  'list-interfaces': { code: 'command 0x0064', risk: 'discover', summary: 'Ask for other communication interfaces' },
  'register-session': { code: 'command 0x0065', risk: 'session', summary: 'Open a session' },
  'unregister-session': { code: 'command 0x0066', risk: 'session', summary: 'Close a session', from: 'either' },
  // Envelopes: what they carry is judged as an op of its own. These stand for an envelope without a CIP request.
  'send-rr-data': { code: 'command 0x006f', risk: 'session', summary: 'Envelope of an unconnected request' },
  'send-unit-data': {
    code: 'command 0x0070',
    risk: 'session',
    summary: 'Envelope of a connected message',
    from: 'either',
  },
  'indicate-status': { code: 'command 0x0072', risk: 'session', summary: 'Reserved, obsolete' },
  cancel: { code: 'command 0x0073', risk: 'session', summary: 'Reserved, obsolete' },
  'start-dtls': { code: 'command 0x00c8', risk: 'session', summary: 'Change over to DTLS (CIP Security)' },
  unlisted: {
    code: 'command any other',
    risk: 'program',
    summary: 'An encapsulation command not listed here',
    constraints: ['command'],
  },
} as const satisfies Record<string, Op>

export const enip = defineVocabulary({
  name: 'enip',
  title: 'EtherNet/IP with CIP',
  source:
    'ODVA CIP Networks Library volumes 1 and 2; Rockwell Automation publications 1756-PM020 (Logix data access) and 1770-6.5.16 (PCCC)',
  ports: [
    { transport: 'tcp', port: 44818 },
    { transport: 'udp', port: 44818 },
  ],
  ops: { ...encapsulation, ...cip, ...pccc },
  constraints: {
    command: { kind: 'ranges', min: 0, max: 65535, summary: 'Encapsulation commands' },
    'service-code': { kind: 'ranges', min: 0, max: 127, summary: 'CIP service codes' },
    class: { kind: 'ranges', min: 0, max: 4_294_967_295, summary: 'CIP classes' },
    instance: { kind: 'ranges', min: 0, max: 4_294_967_295, summary: 'CIP instances' },
    attribute: { kind: 'ranges', min: 0, max: 4_294_967_295, summary: 'CIP attributes' },
    tags: {
      kind: 'names',
      one: 'tag',
      aside: /[[,](\d+)(?:\.\.\d+)?\]$/,
      summary:
        'Tags, e.g. Program:Main.Level or Level[3]; * at the end stands for the rest. Several elements from an index on are one name, Level[3..7]; #12 is the tag of instance 12',
    },
    values: {
      kind: 'ranges',
      one: 'value',
      min: -2_147_483_648,
      max: 4_294_967_295,
      summary:
        'Values written, by the type in the message; a REAL is compared as a number, an attribute, which has no type, as unsigned',
    },
    slot: {
      kind: 'ranges',
      min: 0,
      max: 255,
      of: 'connection',
      summary: 'Backplane slots, from the route in the message or of the connection it is sent on',
    },
    routes: {
      kind: 'names',
      one: 'route',
      summary: 'Ports and link addresses, hop by hop, e.g. 1/4,2/192.168.1.9',
    },
    'connection-type': {
      kind: 'names',
      values: ['null', 'multicast', 'point-to-point'],
      summary: 'Types of the connection from the device',
    },
    'transport-class': { kind: 'ranges', min: 0, max: 3, summary: '0 and 1: cyclic I/O, 3: messages' },
    'connection-point': {
      kind: 'ranges',
      min: 0,
      max: 4_294_967_295,
      summary: 'Connection points (assemblies) in the connection path',
    },
    'reset-type': {
      kind: 'ranges',
      min: 0,
      max: 255,
      summary: '0: power cycle, 1: factory settings, 2: keep the address',
    },
    files: {
      kind: 'names',
      one: 'file',
      summary: 'PCCC data files, e.g. N7; 7 where a PLC-5 message has no type; #22:3 is file 3 of type 0x22',
    },
    elements: { kind: 'ranges', one: 'element', min: 0, max: 65535, summary: 'Elements of a PCCC data file' },
    function: { kind: 'ranges', min: 0, max: 255, summary: 'PCCC function codes' },
  },
  companions: [
    {
      id: 'enip-io-to-device',
      summary: 'Cyclic I/O of a connection, to the device',
      transport: 'udp',
      from: 'client',
      port: 2222,
      cyclic: true,
    },
    {
      id: 'enip-io-from-device',
      summary: 'Cyclic I/O of a connection, from the device',
      transport: 'udp',
      from: 'server',
      port: 2222,
      cyclic: true,
    },
    {
      // Volume 2, 3-5.3: 239.192.1.0 and up by default, configurable within the organisation-local scope of RFC 2365.
      id: 'enip-io-multicast',
      summary: 'Cyclic I/O from the device to several consumers',
      transport: 'udp',
      from: 'server',
      port: 2222,
      cyclic: true,
      multicast: '239.192.0.0/14',
    },
  ],
  broadcast: [
    {
      id: 'enip-list-identity',
      summary: 'EtherNet/IP: who is there',
      match: { transport: 'udp', port: 44818 },
    },
  ],
  refusal: 'native',
  neutralisable: true,
  blind: 'CIP Security (TLS and DTLS on port 2221) is encrypted: its commands cannot be seen.',
})
