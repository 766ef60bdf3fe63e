/** What the vocabulary promises at least, command by command, and the codes as sets that the specifications close. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Vocabulary } from '#core/protocol.ts'
import { isProtocolName, vocabularies, type OpOf, type ProtocolName } from './index.ts'

type Row<P extends ProtocolName> = readonly [sentence: string, ops: readonly OpOf<P>[]]

const promised: { readonly [P in ProtocolName]: readonly Row<P>[] } = {
  modbus: [
    ['coils and inputs are read', ['read-coils', 'read-discrete-inputs']],
    ['registers are read', ['read-holding-registers', 'read-input-registers']],
    ['one coil or register is written', ['write-single-coil', 'write-single-register']],
    ['exception status is read', ['read-exception-status']],
    [
      'diagnostics echo, restart and silence',
      ['return-query-data', 'restart-communications-option', 'force-listen-only-mode'],
    ],
    ['event counter and log are read', ['get-comm-event-counter', 'get-comm-event-log']],
    ['coils and registers are written', ['write-multiple-coils', 'write-multiple-registers']],
    ['the server says who it is', ['report-server-id', 'read-device-identification']],
    ['file records are read and written', ['read-file-record', 'write-file-record']],
    ['registers are masked, read and written at once', ['mask-write-register', 'read-write-multiple-registers']],
    ['a queue is read', ['read-fifo-queue']],
    ['UMAS starts and stops a controller', ['umas-start-plc', 'umas-stop-plc']],
    ['UMAS transfers a program', ['umas-initialize-download', 'umas-download-block', 'umas-end-strategy-download']],
    ['user-defined codes have a name', ['user-defined-function']],
  ],
  s7comm: [
    ['communication is set up', ['setup-communication']],
    ['variables are read and written', ['read-var', 'write-var']],
    ['a block is downloaded', ['request-download', 'download', 'download-ended']],
    ['a block is uploaded', ['start-upload', 'upload', 'end-upload']],
    ['a PI service is invoked', ['pi-service', 'plc-start', 'activate-block', 'delete-block']],
    ['the controller is stopped', ['plc-stop']],
    ['userdata reads status lists and blocks', ['read-szl', 'list-blocks', 'list-blocks-of-type', 'get-block-info']],
    ['userdata reads and sets the clock', ['read-clock', 'set-clock']],
    ['userdata enters a password', ['plc-password', 'clear-plc-password']],
    ['userdata subscribes cyclically', ['cyclic-transfer', 'cyclic-unsubscribe']],
    ['S7comm-plus reads, writes and browses', ['plus-get-multi-variables', 'plus-set-multi-variables', 'plus-explore']],
    ['S7comm-plus creates, deletes and invokes', ['plus-create-object', 'plus-delete-object', 'plus-invoke']],
  ],
  enip: [
    ['identity, services and interfaces are listed', ['list-identity', 'list-services', 'list-interfaces']],
    ['a session is registered', ['register-session', 'unregister-session']],
    ['envelopes are sent', ['send-rr-data', 'send-unit-data']],
    ['attributes are read', ['get-attributes-all', 'get-attribute-list', 'get-attribute-single']],
    ['attributes are written', ['set-attributes-all', 'set-attribute-list', 'set-attribute-single']],
    ['tags are read', ['read-tag', 'read-tag-fragmented']],
    ['tags are written', ['write-tag', 'write-tag-fragmented', 'read-modify-write-tag']],
    ['requests are packed and routed', ['multiple-service-packet', 'unconnected-send']],
    ['connections are opened and closed', ['forward-open', 'large-forward-open', 'forward-close']],
    ['a device is reset, started and stopped', ['reset', 'start', 'stop']],
    ['PCCC is executed', ['execute-pccc', 'pccc-typed-read', 'pccc-typed-write', 'pccc-change-mode']],
    ['files are read and written', ['initiate-upload', 'initiate-download', 'upload-transfer', 'download-transfer']],
    ['firmware is replaced', ['update-firmware']],
  ],
  dnp3: [
    ['a response is confirmed', ['confirm']],
    ['objects are read and written', ['read', 'write']],
    ['outputs are selected and operated', ['select', 'operate']],
    ['outputs are operated directly', ['direct-operate', 'direct-operate-no-ack']],
    ['counters are frozen', ['immediate-freeze', 'freeze-clear', 'freeze-at-time']],
    ['the device is restarted', ['cold-restart', 'warm-restart']],
    ['data and applications are initialised', ['initialize-data', 'initialize-application']],
    ['applications are started and stopped', ['start-application', 'stop-application']],
    [
      'files are handled',
      ['open-file', 'open-file-to-write', 'close-file', 'delete-file', 'get-file-info', 'read-file', 'write-file'],
    ],
    ['unsolicited reports are enabled and disabled', ['enable-unsolicited', 'disable-unsolicited']],
    ['points are assigned to classes', ['assign-class']],
    ['delay and time are set', ['delay-measurement', 'record-current-time', 'write-time']],
    ['ends authenticate', ['authenticate-request', 'authenticate-request-no-ack', 'authenticate-response']],
    ['outstations respond and report', ['response', 'unsolicited-response']],
  ],
  iec104: [
    ['commands are given', ['single-command', 'double-command', 'regulating-step-command', 'bitstring-command']],
    ['set-points are given', ['set-point-normalized', 'set-point-scaled', 'set-point-float']],
    ['commands carry a time', ['single-command-with-time', 'set-point-float-with-time', 'bitstring-command-with-time']],
    ['stations and counters are interrogated', ['interrogation', 'counter-interrogation', 'counter-freeze']],
    ['a value is read', ['read']],
    ['the clock is set', ['clock-synchronization']],
    ['the process is reset', ['reset-process']],
    ['parameters are set and activated', ['parameter-normalized', 'parameter-float', 'parameter-activation']],
    ['files are handled', ['file-ready', 'call-file', 'delete-file', 'segment', 'write-segment', 'directory']],
    ['stations report', ['single-point-with-time', 'measured-float', 'end-of-initialization']],
    ['transfer is started, stopped and tested', ['startdt', 'stopdt', 'testfr']],
  ],
  opcua: [
    ['the connection is opened and closed', ['hello', 'open-secure-channel', 'close-secure-channel']],
    ['endpoints are asked for', ['get-endpoints']],
    ['a session is created and activated', ['create-session', 'activate-session', 'close-session']],
    ['nodes are browsed', ['browse', 'browse-next']],
    ['attributes are read and written', ['read', 'write']],
    ['methods are called', ['call']],
    ['changes are watched', ['create-subscription', 'create-monitored-items', 'publish']],
    ['history is read and updated', ['history-read', 'history-update']],
    ['nodes are added and deleted', ['add-nodes', 'delete-nodes']],
    ['encrypted messages are opaque', ['opaque']],
  ],
  bacnet: [
    ['devices and objects are found', ['who-is', 'i-am', 'who-has', 'i-have']],
    ['properties are read', ['read-property', 'read-property-multiple']],
    ['properties are written', ['write-property', 'write-property-multiple']],
    ['changes are subscribed to', ['subscribe-cov', 'subscribe-cov-property']],
    ['a device is silenced', ['device-communication-control']],
    ['a device is reinitialised', ['reinitialize-device']],
    ['files are read and written', ['atomic-read-file', 'atomic-write-file']],
    ['the clock is set', ['time-synchronization', 'utc-time-synchronization']],
    ['vendors use services of their own', ['confirmed-private-transfer', 'unconfirmed-private-transfer']],
    ['broadcasts reach other networks', ['register-foreign-device', 'write-broadcast-distribution-table']],
  ],
}

for (const [name, rows] of Object.entries(promised))
  describe(`${name} has a command for each promise`, () => {
    assert.ok(isProtocolName(name))
    const { ops }: Vocabulary = vocabularies[name]
    for (const [sentence, names] of rows)
      test(sentence, () => {
        for (const op of names) assert.ok(Object.hasOwn(ops, op), op)
      })
  })

/** Whole numbers in the codes that start with a word: `FC 65-72,100-110`, `type 2,4 x`. Sub-codes after a slash are left out. */
const codes = ({ ops }: Vocabulary, word: string): number[] => {
  const lists = Object.values(ops).flatMap(({ code }) =>
    code.split(', ').flatMap((part) => new RegExp(`^${word} ?([\\d,-]+)`).exec(part)?.[1] ?? []),
  )
  const numbers = lists.flatMap((list) =>
    list.split(',').flatMap((range) => {
      const [from = '', to = from] = range.split('-')
      return Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index)
    }),
  )
  return [...new Set(numbers)].toSorted((a, b) => a - b)
}
const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

const closed: readonly (readonly [sentence: string, vocabulary: Vocabulary, word: string, expected: number[]])[] = [
  [
    'Modbus has its public function codes, UMAS and the user-defined ones',
    vocabularies.modbus,
    'FC',
    [...span(1, 8), 11, 12, 15, 16, 17, ...span(20, 24), 43, ...span(65, 72), 90, ...span(100, 110)],
  ],
  ['DNP3 has every assigned function code', vocabularies.dnp3, 'FC', [...span(0, 33), 129, 130, 131]],
  [
    'IEC 104 has every type of the standard and of secure authentication',
    vocabularies.iec104,
    'type',
    [...span(1, 21), ...span(30, 41), ...span(45, 51), ...span(58, 64), 70, ...span(81, 87), ...span(90, 95)].concat(
      span(100, 107),
      span(110, 113),
      span(120, 127),
    ),
  ],
  ['BACnet has every confirmed service', vocabularies.bacnet, 'confirmed', span(0, 33)],
  ['BACnet has every unconfirmed service', vocabularies.bacnet, 'unconfirmed', span(0, 14)],
  ['S7comm has every userdata group', vocabularies.s7comm, 'UD', [...span(0, 7), 15]],
  [
    'OPC UA has every service',
    vocabularies.opcua,
    '',
    [
      422, 428, 437, 461, 467, 473, 479, 488, 494, 500, 506, 527, 533, 554, 560, 566, 615, 621, 631, 664, 673, 700, 712,
      751, 763, 769, 775, 781, 787, 793, 799, 826, 832, 841, 847, 12208, 12211,
    ],
  ],
]
describe('codes are those of the specification, no more and no less', () => {
  for (const [sentence, vocabulary, word, expected] of closed)
    test(sentence, () => assert.deepEqual(codes(vocabulary, word), expected))
})

const exact: readonly (readonly [sentence: string, vocabulary: Vocabulary, op: string, code: string])[] = [
  ['a Modbus register is written with 6', vocabularies.modbus, 'write-single-register', 'FC 6'],
  ['Modbus identification is MEI type 14', vocabularies.modbus, 'read-device-identification', 'FC 43/14'],
  ['an S7 controller is stopped with 0x29', vocabularies.s7comm, 'plc-stop', '0x29'],
  ['an S7 block is downloaded with 0x1b', vocabularies.s7comm, 'download', '0x1b'],
  ['an S7 clock is set in group 7', vocabularies.s7comm, 'set-clock', 'UD 7/0x02,0x04'],
  ['S7comm-plus writes with 0x0542', vocabularies.s7comm, 'plus-set-multi-variables', 'plus 0x0542'],
  ['EtherNet/IP is asked who is there with 0x63', vocabularies.enip, 'list-identity', 'command 0x0063'],
  ['a CIP attribute is written with 0x10', vocabularies.enip, 'set-attribute-single', '0x10'],
  ['a Logix tag is written with 0x4d', vocabularies.enip, 'write-tag', '0x4d tag'],
  ['a CIP connection is opened with 0x54', vocabularies.enip, 'forward-open', '0x54 class 0x06'],
  ['a DNP3 outstation restarts on 13', vocabularies.dnp3, 'cold-restart', 'FC 13'],
  ['an IEC 104 breaker is opened with type 46', vocabularies.iec104, 'double-command', 'type 46'],
  ['an OPC UA value is written with 673', vocabularies.opcua, 'write', '673'],
  ['a BACnet property is written with 15', vocabularies.bacnet, 'write-property', 'confirmed 15'],
]
describe('codes of well-known commands', () => {
  for (const [sentence, { ops }, op, code] of exact) test(sentence, () => assert.equal(ops[op]?.code, code))
})

const flows: readonly (readonly [sentence: string, vocabulary: Vocabulary, flow: string])[] = [
  ['EtherNet/IP I/O flows to the device', vocabularies.enip, 'client udp/2222'],
  ['EtherNet/IP I/O flows from the device', vocabularies.enip, 'server udp/2222'],
  ['EtherNet/IP I/O is multicast', vocabularies.enip, 'server udp/2222 239.192.0.0/14'],
  ['a BACnet device speaks by itself', vocabularies.bacnet, 'server udp/47808'],
  ['a DNP3 outstation opens the connection', vocabularies.dnp3, 'server tcp/20000'],
  ['a DNP3 outstation reports over UDP', vocabularies.dnp3, 'server udp/20000'],
  ['an OPC UA server connects in reverse', vocabularies.opcua, 'server tcp/4840'],
]
describe('companion flows', () => {
  for (const [sentence, { companions }, flow] of flows)
    test(sentence, () => {
      const found = companions.map(({ from, transport, port, multicast }) =>
        [from, `${transport}/${port}`, multicast].filter((part) => part !== undefined).join(' '),
      )
      assert.ok(found.includes(flow), found.join('; '))
    })
})
