/**
 * UMAS: how Schneider Electric's engineering tools speak through function code 90. Unpublished; codes and names as in public
 * research. Whoever named "upload" and "download" there saw them from different ends, so both directions are `program`.
 */
import type { Op } from '#core/protocol.ts'

const unit = ['unit']
const items = ['unit', 'coils', 'registers', 'quantity']

export const umas = {
  'umas-init-comm': { code: 'FC 90/0x01', risk: 'session', summary: 'UMAS: start communication', constraints: unit },
  'umas-read-id': { code: 'FC 90/0x02', risk: 'discover', summary: 'UMAS: read the identity', constraints: unit },
  'umas-read-project-info': {
    code: 'FC 90/0x03',
    risk: 'discover',
    summary: 'UMAS: read about the project',
    constraints: unit,
  },
  'umas-read-plc-info': {
    code: 'FC 90/0x04',
    risk: 'read',
    summary: 'UMAS: read the controller status',
    constraints: unit,
  },
  'umas-read-loader-info': {
    code: 'FC 90/0x05',
    risk: 'discover',
    summary: 'UMAS: read about the loader',
    constraints: unit,
  },
  'umas-read-card-info': {
    code: 'FC 90/0x06',
    risk: 'discover',
    summary: 'UMAS: read about the memory card',
    constraints: unit,
  },
  'umas-read-block-info': {
    code: 'FC 90/0x07',
    risk: 'discover',
    summary: 'UMAS: read about blocks',
    constraints: unit,
  },
  'umas-repeat': { code: 'FC 90/0x0a', risk: 'session', summary: 'UMAS: echo', constraints: unit },
  'umas-take-plc-reservation': {
    code: 'FC 90/0x10',
    risk: 'program',
    summary: 'UMAS: become the only one who may change the controller',
    constraints: unit,
  },
  'umas-release-plc-reservation': {
    code: 'FC 90/0x11',
    risk: 'program',
    summary: 'UMAS: give the reservation back',
    constraints: unit,
  },
  'umas-keep-alive': { code: 'FC 90/0x12', risk: 'session', summary: 'UMAS: keep the reservation', constraints: unit },
  'umas-read-memory-block': { code: 'FC 90/0x20', risk: 'read', summary: 'UMAS: read memory', constraints: unit },
  'umas-write-memory-block': { code: 'FC 90/0x21', risk: 'program', summary: 'UMAS: write memory', constraints: unit },
  'umas-read-variables': { code: 'FC 90/0x22', risk: 'read', summary: 'UMAS: read variables', constraints: unit },
  'umas-write-variables': { code: 'FC 90/0x23', risk: 'write', summary: 'UMAS: write variables', constraints: unit },
  'umas-read-coils-registers': {
    code: 'FC 90/0x24',
    risk: 'read',
    summary: 'UMAS: read coils and registers',
    constraints: items,
  },
  'umas-write-coils-registers': {
    // Where it writes is not public, so a rule cannot narrow it.
    code: 'FC 90/0x25',
    risk: 'write',
    summary: 'UMAS: write coils and registers',
    constraints: unit,
  },
  'umas-data-dictionary': {
    code: 'FC 90/0x26-0x27',
    risk: 'discover',
    summary: 'UMAS: browse the names of variables',
    constraints: unit,
  },
  'umas-read-physical-address': {
    code: 'FC 90/0x28',
    risk: 'program',
    summary: 'UMAS: read any address',
    constraints: unit,
  },
  'umas-write-physical-address': {
    code: 'FC 90/0x29',
    risk: 'program',
    summary: 'UMAS: write any address',
    constraints: unit,
  },
  'umas-initialize-upload': {
    code: 'FC 90/0x30',
    risk: 'program',
    summary: 'UMAS: begin an upload',
    constraints: unit,
  },
  'umas-upload-block': { code: 'FC 90/0x31', risk: 'program', summary: 'UMAS: transfer a block', constraints: unit },
  'umas-end-strategy-upload': {
    code: 'FC 90/0x32',
    risk: 'program',
    summary: 'UMAS: end an upload',
    constraints: unit,
  },
  'umas-initialize-download': {
    code: 'FC 90/0x33',
    risk: 'program',
    summary: 'UMAS: begin a download',
    constraints: unit,
  },
  'umas-download-block': { code: 'FC 90/0x34', risk: 'program', summary: 'UMAS: transfer a block', constraints: unit },
  'umas-end-strategy-download': {
    code: 'FC 90/0x35',
    risk: 'program',
    summary: 'UMAS: end a download',
    constraints: unit,
  },
  'umas-backup': { code: 'FC 90/0x36', risk: 'program', summary: 'UMAS: back up or restore', constraints: unit },
  'umas-preload-blocks': { code: 'FC 90/0x37', risk: 'program', summary: 'UMAS: preload blocks', constraints: unit },
  'umas-signed': {
    code: 'FC 90/0x38',
    risk: 'program',
    summary: 'UMAS: envelope of a signed request, which is not looked into',
    constraints: unit,
  },
  'umas-read-eth-master-data': {
    code: 'FC 90/0x39',
    risk: 'read',
    summary: 'UMAS: read the Ethernet master',
    constraints: unit,
  },
  'umas-start-plc': { code: 'FC 90/0x40', risk: 'control', summary: 'UMAS: start the controller', constraints: unit },
  'umas-stop-plc': { code: 'FC 90/0x41', risk: 'control', summary: 'UMAS: stop the controller', constraints: unit },
  'umas-init-plc': {
    code: 'FC 90/0x42',
    risk: 'control',
    summary: 'UMAS: initialise the controller',
    constraints: unit,
  },
  'umas-swap': { code: 'FC 90/0x43', risk: 'program', summary: 'UMAS: swap blocks', constraints: unit },
  // Its inner requests are not all known to be reads.
  'umas-monitor-plc': { code: 'FC 90/0x50', risk: 'write', summary: 'UMAS: monitor variables', constraints: unit },
  'umas-get-monitored': {
    code: 'FC 90/0x51-0x53',
    risk: 'read',
    summary: 'UMAS: read modifications, forced bits and selected blocks',
    constraints: unit,
  },
  'umas-check-plc': { code: 'FC 90/0x58', risk: 'session', summary: 'UMAS: check the connection', constraints: unit },
  'umas-debug': {
    code: 'FC 90/0x60-0x66',
    risk: 'program',
    summary: 'UMAS: breakpoints, single steps and call stack',
    constraints: unit,
  },
  'umas-reservation-nonces': {
    code: 'FC 90/0x6e',
    risk: 'program',
    summary: 'UMAS: exchange nonces for a reservation',
    constraints: unit,
  },
  'umas-read-io-object': { code: 'FC 90/0x70', risk: 'read', summary: 'UMAS: read an I/O object', constraints: unit },
  'umas-write-io-object': {
    code: 'FC 90/0x71',
    risk: 'write',
    summary: 'UMAS: write an I/O object',
    constraints: unit,
  },
  'umas-read-rack': { code: 'FC 90/0x72', risk: 'discover', summary: 'UMAS: read about the rack', constraints: unit },
  'umas-get-status-module': {
    code: 'FC 90/0x73',
    risk: 'read',
    summary: 'UMAS: read a module status',
    constraints: unit,
  },
  'umas-read-device-data': { code: 'FC 90/0x74', risk: 'read', summary: 'UMAS: read device data', constraints: unit },
  'umas-unlisted': {
    code: 'FC 90/any other',
    risk: 'program',
    summary: 'UMAS: a function not listed here',
    constraints: ['unit', 'subfunction'],
  },
} as const satisfies Record<string, Op>
