import { defineVocabulary } from '#core/protocol.ts'
import { umas } from './umas.ts'

const unit = ['unit']
const coils = ['unit', 'coils', 'quantity']
const inputs = ['unit', 'inputs', 'quantity']
const registers = ['unit', 'registers', 'quantity']
const records = ['unit', 'files', 'records']

export const modbus = defineVocabulary({
  name: 'modbus',
  title: 'Modbus/TCP',
  source: 'MODBUS Application Protocol Specification V1.1b3; UMAS (function code 90) is unpublished',
  ports: [{ transport: 'tcp', port: 502 }],
  ops: {
    'read-coils': { code: 'FC 1', risk: 'read', summary: 'Read coils', constraints: coils },
    'read-discrete-inputs': { code: 'FC 2', risk: 'read', summary: 'Read discrete inputs', constraints: inputs },
    'read-holding-registers': { code: 'FC 3', risk: 'read', summary: 'Read holding registers', constraints: registers },
    'read-input-registers': {
      code: 'FC 4',
      risk: 'read',
      summary: 'Read input registers',
      constraints: ['unit', 'input-registers', 'quantity'],
    },
    'write-single-coil': {
      code: 'FC 5',
      risk: 'write',
      summary: 'Write one coil',
      constraints: ['unit', 'coils', 'values'],
    },
    'write-single-register': {
      code: 'FC 6',
      risk: 'write',
      summary: 'Write one holding register',
      constraints: ['unit', 'registers', 'values'],
    },
    'read-exception-status': { code: 'FC 7', risk: 'read', summary: 'Read eight status bits', constraints: unit },

    // Function code 8 is split: `allow: [read]` must not restart a device.
    'return-query-data': { code: 'FC 8/0', risk: 'read', summary: 'Diagnostics: echo', constraints: unit },
    'restart-communications-option': {
      code: 'FC 8/1',
      risk: 'control',
      summary: 'Diagnostics: restart communication, optionally clearing the event log',
      constraints: unit,
    },
    'return-diagnostic-register': { code: 'FC 8/2', risk: 'read', summary: 'Diagnostics: register', constraints: unit },
    'change-ascii-input-delimiter': {
      code: 'FC 8/3',
      risk: 'control',
      summary: 'Diagnostics: change the ASCII end-of-message character',
      constraints: unit,
    },
    'force-listen-only-mode': {
      code: 'FC 8/4',
      risk: 'control',
      summary: 'Diagnostics: make the device stop answering and acting',
      constraints: unit,
    },
    'clear-counters-and-diagnostic-register': {
      code: 'FC 8/10',
      risk: 'control',
      summary: 'Diagnostics: clear counters',
      constraints: unit,
    },
    'return-diagnostic-counters': {
      code: 'FC 8/11-18',
      risk: 'read',
      summary: 'Diagnostics: read message and error counters',
      constraints: ['unit', 'subfunction'],
    },
    'clear-overrun-counter-and-flag': {
      code: 'FC 8/20',
      risk: 'control',
      summary: 'Diagnostics: clear the overrun counter',
      constraints: unit,
    },
    'reserved-diagnostics': {
      code: 'FC 8/5-9,19,21-65535',
      risk: 'program',
      summary: 'Diagnostics: a sub-function that the specification reserves',
      constraints: ['unit', 'subfunction'],
    },

    'get-comm-event-counter': { code: 'FC 11', risk: 'read', summary: 'Read the event counter', constraints: unit },
    'get-comm-event-log': { code: 'FC 12', risk: 'read', summary: 'Read the event log', constraints: unit },
    'write-multiple-coils': {
      code: 'FC 15',
      risk: 'write',
      summary: 'Write coils',
      constraints: ['unit', 'coils', 'values', 'quantity'],
    },
    'write-multiple-registers': {
      code: 'FC 16',
      risk: 'write',
      summary: 'Write holding registers',
      constraints: ['unit', 'registers', 'values', 'quantity'],
    },
    'report-server-id': { code: 'FC 17', risk: 'discover', summary: 'Read identity and run status', constraints: unit },
    'read-file-record': { code: 'FC 20', risk: 'file', summary: 'Read records of files', constraints: records },
    'write-file-record': { code: 'FC 21', risk: 'program', summary: 'Write records of files', constraints: records },
    // The value written depends on what the register holds, so it cannot be constrained.
    'mask-write-register': {
      code: 'FC 22',
      risk: 'write',
      summary: 'Set and clear bits of one register',
      constraints: ['unit', 'registers'],
    },
    'read-write-multiple-registers': {
      code: 'FC 23',
      risk: 'write',
      summary: 'Write registers, then read registers',
      constraints: ['unit', 'registers', 'values', 'quantity'],
    },
    'read-fifo-queue': {
      code: 'FC 24',
      risk: 'read',
      summary: 'Read a queue of registers',
      constraints: ['unit', 'registers'],
    },
    'canopen-general-reference': {
      code: 'FC 43/13',
      risk: 'program',
      summary: 'Encapsulated CANopen access to any object of the device',
      constraints: unit,
    },
    'read-device-identification': {
      code: 'FC 43/14',
      risk: 'discover',
      summary: 'Read vendor, product and revision',
      constraints: ['unit', 'objects'],
    },
    'user-defined-function': {
      code: 'FC 65-72,100-110',
      risk: 'program',
      summary: 'A function code that the specification leaves to the vendor',
      constraints: ['unit', 'function'],
    },
    unlisted: {
      code: 'any other FC',
      risk: 'program',
      summary: 'A function code not listed here',
      constraints: ['unit', 'function'],
    },
    ...umas,
  },
  constraints: {
    unit: { kind: 'ranges', min: 0, max: 255, loose: true, summary: 'Unit identifiers' },
    registers: {
      kind: 'ranges',
      one: 'register',
      min: 0,
      max: 65535,
      summary:
        'Holding register addresses as on the wire (40001 in many manuals is 0); all that the message touches must be in it',
    },
    // A table of their own: input register 5 says nothing of holding register 5, which `step` and `while` compare with.
    'input-registers': {
      kind: 'ranges',
      one: 'input-register',
      min: 0,
      max: 65535,
      summary: 'Input register addresses as on the wire (30001 in many manuals is 0)',
    },
    coils: { kind: 'ranges', one: 'coil', min: 0, max: 65535, summary: 'Coil addresses as on the wire' },
    inputs: { kind: 'ranges', one: 'input', min: 0, max: 65535, summary: 'Discrete input addresses as on the wire' },
    values: {
      kind: 'ranges',
      one: 'value',
      min: 0,
      max: 65535,
      summary: 'Values written, unsigned as on the wire; 0 or 1 for a coil; all in the message must be in it',
    },
    quantity: {
      of: 'message',
      kind: 'ranges',
      min: 1,
      max: 2000,
      summary: 'How many registers or coils in one message',
    },
    function: { of: 'message', kind: 'ranges', min: 1, max: 127, summary: 'Function codes' },
    subfunction: { of: 'message', kind: 'ranges', min: 0, max: 65535, summary: 'Sub-function codes' },
    files: { kind: 'ranges', one: 'file', min: 0, max: 65535, summary: 'File numbers' },
    records: { kind: 'ranges', one: 'record', min: 0, max: 65535, summary: 'Record numbers within a file' },
    objects: { kind: 'ranges', one: 'object', min: 0, max: 255, summary: 'Identification objects' },
  },
  companions: [],
  broadcast: [],
  refusal: 'native',
  neutralisable: true,
  blind: 'Modbus/TCP Security (port 802) is encrypted: its commands cannot be seen.',
})
