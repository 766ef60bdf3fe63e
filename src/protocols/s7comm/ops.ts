/** S7comm and its successor S7comm-plus share port 102 and every device that speaks both, so they are one vocabulary. */
import { defineVocabulary, type Op } from '#core/protocol.ts'
import { plus } from './plus.ts'
import { connection, userdata, variable } from './userdata.ts'

const block = ['block-type', 'block', ...connection]

const jobs = {
  'connect-request': {
    code: 'COTP 0xe0',
    risk: 'session',
    summary: 'Open the transport connection to a rack and slot (TSAP)',
    constraints: connection,
  },
  'disconnect-request': {
    code: 'COTP 0x80',
    risk: 'session',
    summary: 'Close or refuse the transport connection',
    from: 'either',
  },
  // Sent to acknowledge what the other end has sent, by controllers and by clients that talk to them.
  'empty-data': {
    code: 'COTP 0xf0 empty',
    risk: 'session',
    summary: 'Send no data',
    from: 'either',
  },
  'setup-communication': {
    code: '0xf0',
    risk: 'session',
    summary: 'Agree on sizes and outstanding jobs',
    constraints: connection,
  },
  'read-var': {
    code: '0x04',
    risk: 'read',
    summary: 'Read variables',
    constraints: [...variable, ...connection],
  },
  'write-var': {
    code: '0x05',
    risk: 'write',
    summary: 'Write variables',
    constraints: [...variable, 'values', ...connection],
  },
  // After the request the controller itself fetches the block: it sends the next two jobs to the client.
  'request-download': {
    code: '0x1a',
    risk: 'program',
    summary: 'Ask the controller to take a block',
    constraints: block,
  },
  download: {
    code: '0x1b',
    risk: 'program',
    summary: 'Transfer a part of a block into the controller',
    constraints: block,
    from: 'server',
  },
  'download-ended': {
    code: '0x1c',
    risk: 'program',
    summary: 'End the transfer into the controller',
    constraints: block,
    from: 'server',
  },
  'start-upload': {
    code: '0x1d',
    risk: 'program',
    summary: 'Ask for a block of the controller',
    constraints: block,
  },
  upload: {
    code: '0x1e',
    risk: 'program',
    summary: 'Transfer a part of a block out',
    constraints: connection,
  },
  'end-upload': {
    code: '0x1f',
    risk: 'program',
    summary: 'End the transfer out',
    constraints: connection,
  },
  'plc-start': {
    code: '0x28 P_PROGRAM',
    risk: 'control',
    summary: 'Start the controller, warm or cold',
    constraints: ['restart', ...connection],
  },
  'activate-block': {
    code: '0x28 _INSE',
    risk: 'program',
    summary: 'Make a downloaded block part of the running program',
    constraints: block,
  },
  'delete-block': {
    code: '0x28 _DELE',
    risk: 'program',
    summary: 'Delete a block',
    constraints: block,
  },
  'compress-memory': {
    code: '0x28 _GARB',
    risk: 'program',
    summary: 'Compress the memory',
    constraints: connection,
  },
  'copy-ram-to-rom': {
    code: '0x28 _MODU',
    risk: 'program',
    summary: 'Copy RAM to ROM',
    constraints: connection,
  },
  'pi-service': {
    code: '0x28 any other',
    risk: 'program',
    summary: 'Any other program invocation, by name',
    constraints: ['pi', ...connection],
  },
  'plc-stop': {
    code: '0x29',
    risk: 'control',
    summary: 'Stop the controller',
    constraints: connection,
  },
  unlisted: {
    code: 'any other',
    risk: 'program',
    summary: 'A function not listed here',
    constraints: ['function', ...connection],
  },
} as const satisfies Record<string, Op>

export const s7comm = defineVocabulary({
  name: 's7comm',
  title: 'S7comm and S7comm-plus',
  source: 'RFC 1006 and ISO 8073; S7comm is unpublished: names of STEP 7 and of public dissectors',
  ports: [{ transport: 'tcp', port: 102 }],
  ops: { ...jobs, ...userdata, ...plus },
  constraints: {
    area: {
      kind: 'names',
      values: ['P', 'I', 'Q', 'M', 'DB', 'DI', 'L', 'V', 'C', 'T', 'SM', 'AI', 'AQ'],
      summary:
        'Memory areas: peripherals, inputs, outputs, flags, data blocks, instance, local and variable data, counters, timers',
    },
    db: { kind: 'ranges', min: 0, max: 65535, summary: 'Data block numbers' },
    // Addresses are 24 bits wide and count bits.
    bytes: {
      kind: 'ranges',
      one: 'byte',
      min: 0,
      max: 2_097_151,
      summary: 'Byte addresses within the area',
    },
    bits: {
      reads: true,
      kind: 'ranges',
      one: 'bit',
      min: 0,
      max: 7,
      summary: 'Bit within the byte, of an access to one bit',
    },
    // The same bytes can be written as any type: a rule about values means what it says only together with one about the type.
    type: {
      of: 'message',
      reads: true,
      kind: 'names',
      values: [
        'bit',
        'byte',
        'char',
        'word',
        'int',
        'dword',
        'dint',
        'real',
        'date',
        'time-of-day',
        'time',
        's5time',
        'date-and-time',
        'counter',
        'timer',
      ],
      summary: 'Type of the variable in the message, which need not be that in the program',
    },
    values: {
      kind: 'ranges',
      one: 'value',
      min: -2_147_483_648,
      max: 4_294_967_295,
      summary: 'Values written, by the type in the message; a REAL is compared as a number',
    },
    'block-type': {
      kind: 'names',
      values: ['OB', 'DB', 'SDB', 'FC', 'SFC', 'FB', 'SFB'],
      summary: 'Types of blocks',
    },
    block: { kind: 'ranges', min: 0, max: 65535, summary: 'Block numbers' },
    pi: { kind: 'names', summary: 'Names of program invocation services, e.g. _N_LOGIN_' },
    restart: { kind: 'names', values: ['warm', 'cold'], summary: 'How the controller starts' },
    szl: { kind: 'ranges', min: 0, max: 65535, summary: 'Numbers of system status lists (SZL-ID)' },
    function: { of: 'message', kind: 'ranges', min: 0, max: 65535, summary: 'Function codes' },
    subfunction: { of: 'message', kind: 'ranges', min: 0, max: 255, summary: 'Userdata sub-functions' },
    rack: {
      kind: 'ranges',
      min: 0,
      max: 7,
      summary: 'Racks, from the called TSAP',
      of: 'connection',
    },
    slot: {
      kind: 'ranges',
      min: 0,
      max: 31,
      summary: 'Slots, from the called TSAP',
      of: 'connection',
    },
    'connection-type': {
      kind: 'names',
      values: ['pg', 'op', 'basic'],
      summary: 'What the client says it is: programming device, operator panel, S7 basic',
      of: 'connection',
    },
  },
  companions: [],
  broadcast: [],
  refusal: 'native',
  neutralisable: true,
  blind: 'S7comm-plus inside TLS (TIA Portal V17 and later) is encrypted: its commands cannot be seen.',
})
