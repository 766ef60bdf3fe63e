import { defineVocabulary } from '#core/protocol.ts'
import { monitor } from './monitor.ts'

const asdu = ['common-address', 'originator', 'cause']
const point = [...asdu, 'ioa']
const command = [...point, 'values', 'phase']

export const iec104 = defineVocabulary({
  name: 'iec104',
  title: 'IEC 60870-5-104',
  source: 'IEC 60870-5-104:2006 and IEC 60870-5-101:2003; authentication: IEC TS 60870-5-7',
  ports: [{ transport: 'tcp', port: 2404 }],
  ops: {
    startdt: { code: 'U STARTDT', risk: 'session', summary: 'Start data transfer' },
    stopdt: { code: 'U STOPDT', risk: 'session', summary: 'Stop data transfer' },
    testfr: { code: 'U TESTFR', risk: 'session', summary: 'Keep-alive', from: 'either' },
    acknowledge: { code: 'S', risk: 'session', summary: 'Acknowledge received messages', from: 'either' },

    'single-command': { code: 'type 45', risk: 'write', summary: 'Switch on or off', constraints: command },
    'double-command': { code: 'type 46', risk: 'write', summary: 'Open or close', constraints: command },
    'regulating-step-command': {
      code: 'type 47',
      risk: 'write',
      summary: 'Step lower or higher',
      constraints: command,
    },
    'set-point-normalized': { code: 'type 48', risk: 'write', summary: 'Set-point, normalised', constraints: command },
    'set-point-scaled': { code: 'type 49', risk: 'write', summary: 'Set-point, scaled', constraints: command },
    'set-point-float': { code: 'type 50', risk: 'write', summary: 'Set-point, floating point', constraints: command },
    'bitstring-command': {
      code: 'type 51',
      risk: 'write',
      summary: 'Write 32 bits',
      constraints: [...point, 'values'],
    },
    'single-command-with-time': { code: 'type 58', risk: 'write', summary: 'Type 45 with time', constraints: command },
    'double-command-with-time': { code: 'type 59', risk: 'write', summary: 'Type 46 with time', constraints: command },
    'regulating-step-command-with-time': {
      code: 'type 60',
      risk: 'write',
      summary: 'Type 47 with time',
      constraints: command,
    },
    'set-point-normalized-with-time': {
      code: 'type 61',
      risk: 'write',
      summary: 'Type 48 with time',
      constraints: command,
    },
    'set-point-scaled-with-time': {
      code: 'type 62',
      risk: 'write',
      summary: 'Type 49 with time',
      constraints: command,
    },
    'set-point-float-with-time': { code: 'type 63', risk: 'write', summary: 'Type 50 with time', constraints: command },
    'bitstring-command-with-time': {
      code: 'type 64',
      risk: 'write',
      summary: 'Type 51 with time',
      constraints: [...point, 'values'],
    },

    interrogation: {
      code: 'type 100',
      risk: 'read',
      summary: 'Ask for all values, or for a group',
      constraints: [...asdu, 'qualifier'],
    },
    // One type, two risks: the qualifier (FRZ) may also freeze or reset what is counted.
    'counter-interrogation': {
      code: 'type 101 FRZ 0',
      risk: 'read',
      summary: 'Ask for counters',
      constraints: [...asdu, 'qualifier'],
    },
    'counter-freeze': {
      code: 'type 101 FRZ 1-3',
      risk: 'write',
      summary: 'Freeze or reset counters',
      constraints: [...asdu, 'qualifier'],
    },
    read: { code: 'type 102', risk: 'read', summary: 'Ask for one value', constraints: point },
    'clock-synchronization': { code: 'type 103', risk: 'control', summary: 'Set the clock', constraints: asdu },
    'test-command': { code: 'type 104', risk: 'session', summary: 'Test, without time', constraints: asdu },
    'reset-process': {
      code: 'type 105',
      risk: 'control',
      summary: 'Restart the station or clear its events',
      constraints: [...asdu, 'qualifier'],
    },
    'delay-acquisition': {
      code: 'type 106',
      risk: 'control',
      summary: 'Load the delay of the line',
      constraints: asdu,
    },
    'test-command-with-time': { code: 'type 107', risk: 'session', summary: 'Test', constraints: asdu },

    'parameter-normalized': {
      code: 'type 110',
      risk: 'program',
      summary: 'Set a threshold, filter or limit, normalised',
      constraints: [...point, 'values'],
    },
    'parameter-scaled': {
      code: 'type 111',
      risk: 'program',
      summary: 'Set a threshold, filter or limit, scaled',
      constraints: [...point, 'values'],
    },
    'parameter-float': {
      code: 'type 112',
      risk: 'program',
      summary: 'Set a threshold, filter or limit, floating point',
      constraints: [...point, 'values'],
    },
    'parameter-activation': { code: 'type 113', risk: 'control', summary: 'Activate parameters', constraints: point },

    'file-ready': { code: 'type 120', risk: 'file', summary: 'A file is ready', constraints: point, from: 'either' },
    'section-ready': {
      code: 'type 121',
      risk: 'file',
      summary: 'A section is ready',
      constraints: point,
      from: 'either',
    },
    // One type, two risks: the qualifier (SCQ) may also delete.
    'call-file': {
      code: 'type 122',
      risk: 'file',
      summary: 'Call a directory, file or section',
      constraints: point,
      from: 'either',
    },
    'delete-file': {
      code: 'type 122 SCQ 4',
      risk: 'program',
      summary: 'Delete a file',
      constraints: point,
      from: 'either',
    },
    'last-section': {
      code: 'type 123',
      risk: 'file',
      summary: 'Last section or segment',
      constraints: point,
      from: 'either',
    },
    'acknowledge-file': {
      code: 'type 124',
      risk: 'file',
      summary: 'Acknowledge a file or section',
      constraints: point,
      from: 'either',
    },
    // The same type carries a file out of a station and into it.
    segment: {
      code: 'type 125 server',
      risk: 'file',
      summary: 'Part of a file read',
      constraints: point,
      from: 'server',
    },
    'write-segment': {
      code: 'type 125 client',
      risk: 'program',
      summary: 'Part of a file written',
      constraints: point,
    },
    directory: { code: 'type 126', risk: 'file', summary: 'Names of files', constraints: point, from: 'server' },
    'query-log': { code: 'type 127', risk: 'file', summary: 'Ask for an archive of a period', constraints: point },

    // Which command it is stands in it, perhaps in several pieces; that is not looked at.
    'authenticated-command': {
      code: 'type 83 client',
      risk: 'program',
      summary: 'Any command, wrapped in what authenticates it (aggressive mode)',
      constraints: asdu,
    },
    authentication: {
      code: 'type 81-87,90-95',
      risk: 'session',
      summary: 'Secure authentication',
      constraints: asdu,
      from: 'either',
    },
    ...monitor,
    unlisted: {
      code: 'type any other',
      risk: 'program',
      summary: 'A reserved or private type',
      constraints: [...asdu, 'type'],
      from: 'either',
    },
  },
  constraints: {
    'common-address': { kind: 'ranges', min: 0, max: 65535, loose: true, summary: 'Stations; 65535: all' },
    originator: { of: 'message', kind: 'ranges', min: 0, max: 255, summary: 'Originator addresses of the client' },
    cause: {
      of: 'message',
      kind: 'ranges',
      min: 0,
      max: 63,
      summary: 'Causes of transmission; 6: activation, 8: deactivation',
    },
    ioa: { kind: 'ranges', min: 0, max: 16_777_215, summary: 'Information object addresses' },
    values: {
      kind: 'ranges',
      one: 'value',
      min: -2_147_483_648,
      max: 4_294_967_295,
      summary: 'Values as on the wire: 0-1 single, 1-2 double and step; floating point is compared as a number',
    },
    phase: {
      of: 'message',
      kind: 'names',
      values: ['select', 'execute'],
      announces: 'select',
      summary: 'Select before operate, or execute',
    },
    qualifier: { of: 'message', kind: 'ranges', min: 0, max: 255, summary: 'Qualifiers; 20: general interrogation' },
    type: { of: 'message', kind: 'ranges', min: 0, max: 255, summary: 'Type identifications' },
  },
  companions: [],
  broadcast: [],
  refusal: 'native',
  neutralisable: true,
  blind: 'IEC 62351-3 (TLS, often port 19998) is encrypted: its commands cannot be seen.',
})
