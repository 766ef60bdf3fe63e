import { defineVocabulary } from '#core/protocol.ts'

const link = ['source', 'destination']
const objects = [...link, 'objects', 'points']
const operation = [...objects, 'control-code', 'count', 'on-time', 'off-time', 'values']
const file = [...link, 'files']

export const dnp3 = defineVocabulary({
  name: 'dnp3',
  title: 'DNP3',
  source: 'IEEE Std 1815-2012',
  ports: [
    { transport: 'tcp', port: 20000 },
    { transport: 'udp', port: 20000 },
  ],
  ops: {
    'reset-link-states': {
      code: 'link 0',
      risk: 'session',
      summary: 'Reset the link',
      constraints: link,
      from: 'either',
    },
    'test-link-states': {
      code: 'link 2',
      risk: 'session',
      summary: 'Test the link',
      constraints: link,
      from: 'either',
    },
    'request-link-status': {
      code: 'link 9',
      risk: 'session',
      summary: 'Keep-alive',
      constraints: link,
      from: 'either',
    },

    confirm: { code: 'FC 0', risk: 'session', summary: 'Confirm a response', constraints: link, from: 'either' },
    read: {
      code: 'FC 1',
      risk: 'read',
      summary: 'Read objects: static data, events, classes',
      constraints: [...objects, 'class'],
    },
    'read-file': { code: 'FC 1 g70', risk: 'file', summary: 'Read a block of an open file', constraints: file },
    // FC 2 writes very different things, so each has its own risk.
    write: {
      code: 'FC 2',
      risk: 'write',
      summary: 'Write objects not named below',
      constraints: [...objects, 'values'],
    },
    'write-time': { code: 'FC 2 g50', risk: 'control', summary: 'Set the clock', constraints: link },
    'write-file': { code: 'FC 2 g70', risk: 'program', summary: 'Write a block of an open file', constraints: file },
    // Every master clears IIN1.7 after a restart of the outstation; nothing else of g80 is writable by the standard.
    'write-internal-indications': {
      code: 'FC 2 g80',
      risk: 'session',
      summary: 'Clear the restart indication',
      constraints: [...link, 'points', 'values'],
    },

    select: {
      code: 'FC 3',
      risk: 'write',
      summary: 'Select outputs before operating',
      constraints: operation,
      announces: true,
    },
    operate: { code: 'FC 4', risk: 'write', summary: 'Operate selected outputs', constraints: operation },
    'direct-operate': { code: 'FC 5', risk: 'write', summary: 'Operate outputs', constraints: operation },
    'direct-operate-no-ack': {
      code: 'FC 6',
      risk: 'write',
      summary: 'Operate outputs without a response',
      constraints: operation,
    },

    'immediate-freeze': { code: 'FC 7', risk: 'write', summary: 'Freeze counters', constraints: objects },
    'immediate-freeze-no-ack': {
      code: 'FC 8',
      risk: 'write',
      summary: 'Freeze counters without a response',
      constraints: objects,
    },
    'freeze-clear': { code: 'FC 9', risk: 'write', summary: 'Freeze and clear counters', constraints: objects },
    'freeze-clear-no-ack': {
      code: 'FC 10',
      risk: 'write',
      summary: 'Freeze and clear counters without a response',
      constraints: objects,
    },
    'freeze-at-time': { code: 'FC 11', risk: 'write', summary: 'Freeze counters at a time', constraints: objects },
    'freeze-at-time-no-ack': {
      code: 'FC 12',
      risk: 'write',
      summary: 'Freeze counters at a time without a response',
      constraints: objects,
    },

    'cold-restart': { code: 'FC 13', risk: 'control', summary: 'Restart the device', constraints: link },
    'warm-restart': { code: 'FC 14', risk: 'control', summary: 'Restart the application', constraints: link },
    'initialize-data': {
      code: 'FC 15',
      risk: 'program',
      summary: 'Obsolete: reset data to defaults',
      constraints: objects,
    },
    'initialize-application': {
      code: 'FC 16',
      risk: 'program',
      summary: 'Prepare an application to run',
      constraints: [...link, 'applications'],
    },
    'start-application': {
      code: 'FC 17',
      risk: 'control',
      summary: 'Start an application',
      constraints: [...link, 'applications'],
    },
    'stop-application': {
      code: 'FC 18',
      risk: 'control',
      summary: 'Stop an application',
      constraints: [...link, 'applications'],
    },
    'save-configuration': {
      code: 'FC 19',
      risk: 'program',
      summary: 'Deprecated: save the configuration',
      constraints: link,
    },

    'enable-unsolicited': {
      code: 'FC 20',
      risk: 'control',
      summary: 'Let the outstation report by itself; masters send it at start',
      constraints: [...objects, 'class'],
    },
    'disable-unsolicited': {
      code: 'FC 21',
      risk: 'control',
      summary: 'Stop the outstation from reporting; masters send it at start',
      constraints: [...objects, 'class'],
    },
    'assign-class': {
      code: 'FC 22',
      risk: 'control',
      summary: 'Assign points to event classes',
      constraints: [...objects, 'class'],
    },
    'delay-measurement': { code: 'FC 23', risk: 'read', summary: 'Measure the delay of the line', constraints: link },
    'record-current-time': {
      code: 'FC 24',
      risk: 'control',
      summary: 'Begin to set the clock over a LAN',
      constraints: link,
    },

    'open-file': {
      code: 'FC 25 null, read',
      risk: 'file',
      summary: 'Open a file to read it',
      constraints: [...file, 'file-mode'],
    },
    // Opening to write is what empties the file that was there.
    'open-file-to-write': {
      code: 'FC 25 write, append',
      risk: 'program',
      summary: 'Create, empty or extend a file',
      constraints: [...file, 'file-mode'],
    },
    'close-file': { code: 'FC 26', risk: 'file', summary: 'Close a file', constraints: link },
    'delete-file': { code: 'FC 27', risk: 'program', summary: 'Delete a file', constraints: file },
    'get-file-info': { code: 'FC 28', risk: 'file', summary: 'Read about a file', constraints: file },
    'authenticate-file': { code: 'FC 29', risk: 'file', summary: 'Log in for files', constraints: link },
    'abort-file': { code: 'FC 30', risk: 'file', summary: 'Abort a file transfer', constraints: link },
    'activate-configuration': {
      code: 'FC 31',
      risk: 'program',
      summary: 'Make a downloaded configuration active',
      constraints: file,
    },

    'authenticate-request': {
      code: 'FC 32',
      risk: 'session',
      summary: 'Secure authentication',
      constraints: link,
    },
    'authenticate-request-no-ack': {
      code: 'FC 33',
      risk: 'session',
      summary: 'Secure authentication without a response',
      constraints: link,
      from: 'either',
    },

    response: {
      code: 'FC 129',
      risk: 'read',
      summary: 'Response of the outstation whose request was not seen',
      constraints: objects,
      from: 'server',
    },
    'unsolicited-response': {
      code: 'FC 130',
      risk: 'read',
      summary: 'Report of the outstation by itself',
      constraints: objects,
      from: 'server',
    },
    'authenticate-response': {
      code: 'FC 131',
      risk: 'session',
      summary: 'Secure authentication, response',
      constraints: link,
      from: 'server',
    },
    unlisted: {
      code: 'any other FC',
      risk: 'program',
      summary: 'A function code that the standard does not assign, or not to this end; without a code: of the link',
      constraints: [...link, 'function'],
    },
  },
  constraints: {
    source: { kind: 'ranges', min: 0, max: 65535, loose: true, summary: 'Link addresses of the sender' },
    destination: {
      loose: true,
      kind: 'ranges',
      min: 0,
      max: 65535,
      summary: 'Link addresses of the receiver; 65533-65535: broadcast',
    },
    objects: {
      kind: 'names',
      one: 'object',
      // In whatever variation, it is the same point.
      aside: /v\d+$/,
      summary: 'Object groups and variations, e.g. g12v1, or g30v* for all of group 30',
    },
    points: { kind: 'ranges', one: 'point', min: 0, max: 4_294_967_295, summary: 'Point indexes' },
    class: { of: 'message', kind: 'ranges', min: 0, max: 3, summary: 'Event classes; 0: static data' },
    'control-code': {
      of: 'message',
      kind: 'names',
      values: ['nul', 'pulse-on', 'pulse-off', 'latch-on', 'latch-off', 'close', 'trip', 'queue', 'clear'],
      summary: 'What a relay output block asks for; close and trip: with a pulse, the only pair that the standard has',
    },
    count: { of: 'message', kind: 'ranges', min: 0, max: 255, summary: 'How often a relay output block operates' },
    'on-time': {
      of: 'message',
      kind: 'ranges',
      min: 0,
      max: 4_294_967_295,
      summary: 'How long a relay output is on, in ms',
    },
    'off-time': {
      of: 'message',
      kind: 'ranges',
      min: 0,
      max: 4_294_967_295,
      summary: 'How long a relay output is off, in ms',
    },
    values: {
      kind: 'ranges',
      one: 'value',
      min: -2_147_483_648,
      max: 4_294_967_295,
      summary: 'Values written or analog outputs; floating point is compared as a number',
    },
    files: { kind: 'names', one: 'file', summary: 'File names; * at the end stands for the rest' },
    'file-mode': { kind: 'names', values: ['null', 'read', 'write', 'append'], summary: 'What a file is opened for' },
    applications: { kind: 'names', one: 'application', summary: 'Application identifiers' },
    function: { kind: 'ranges', min: 0, max: 255, summary: 'Function codes' },
  },
  companions: [
    {
      id: 'dnp3-outstation-connects',
      summary: 'The outstation opens the connection to its master',
      transport: 'tcp',
      from: 'server',
      port: 20000,
      reversed: true,
    },
    {
      id: 'dnp3-unsolicited',
      summary: 'The outstation reports by itself over UDP',
      transport: 'udp',
      from: 'server',
      port: 20000,
      reversed: true,
    },
  ],
  broadcast: [],
  refusal: 'native',
  neutralisable: true,
  blind: 'DNP3 over TLS (port 19999) is encrypted: its commands cannot be seen.',
})
