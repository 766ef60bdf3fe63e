/**
 * CIP services. A service code means what the class it is addressed to says, so codes from 0x4b on carry their class. Codes
 * without a class are the common services of CIP volume 1, appendix A.
 */
import type { Op } from '#core/protocol.ts'

const object = ['class', 'instance', 'slot']
const attribute = ['class', 'instance', 'attribute', 'slot']
const tag = ['tags', 'slot']
const closing = ['connection-point', 'class', 'instance', 'slot']
const opening = ['connection-type', 'transport-class', 'tags', ...closing]

export const cip = {
  'get-attributes-all': { code: '0x01', risk: 'read', summary: 'Read all attributes', constraints: object },
  'set-attributes-all': { code: '0x02', risk: 'write', summary: 'Write all attributes', constraints: object },
  'get-attribute-list': { code: '0x03', risk: 'read', summary: 'Read attributes', constraints: attribute },
  'set-attribute-list': { code: '0x04', risk: 'write', summary: 'Write attributes', constraints: attribute },
  reset: {
    code: '0x05',
    risk: 'control',
    summary: 'Reset an object; the identity object: the device',
    constraints: ['reset-type', ...object],
  },
  start: { code: '0x06', risk: 'control', summary: 'Start an object, e.g. the controller', constraints: object },
  stop: { code: '0x07', risk: 'control', summary: 'Stop an object, e.g. the controller', constraints: object },
  create: { code: '0x08', risk: 'program', summary: 'Create an instance', constraints: object },
  delete: { code: '0x09', risk: 'program', summary: 'Delete an instance', constraints: object },
  // An envelope, as Unconnected Send below: each request inside is judged as an op of its own.
  'multiple-service-packet': { code: '0x0a', risk: 'session', summary: 'Envelope of several requests' },
  'apply-attributes': { code: '0x0d', risk: 'write', summary: 'Make pending attributes active', constraints: object },
  'get-attribute-single': { code: '0x0e', risk: 'read', summary: 'Read one attribute', constraints: attribute },
  'set-attribute-single': {
    code: '0x10',
    risk: 'write',
    summary: 'Write one attribute',
    constraints: [...attribute, 'values'],
  },
  'find-next-object-instance': { code: '0x11', risk: 'discover', summary: 'List instances', constraints: object },
  restore: { code: '0x15', risk: 'control', summary: 'Restore saved attributes', constraints: object },
  save: { code: '0x16', risk: 'control', summary: 'Save attributes for the next start', constraints: object },
  'no-operation': { code: '0x17', risk: 'session', summary: 'Nothing', constraints: object },
  'get-member': { code: '0x18', risk: 'read', summary: 'Read a member of an attribute', constraints: attribute },
  'set-member': { code: '0x19', risk: 'write', summary: 'Write a member of an attribute', constraints: attribute },
  'insert-member': { code: '0x1a', risk: 'write', summary: 'Insert a member', constraints: attribute },
  'remove-member': { code: '0x1b', risk: 'write', summary: 'Remove a member', constraints: attribute },
  'group-sync': { code: '0x1c', risk: 'control', summary: 'Synchronise clocks of a group', constraints: object },
  'get-connection-point-member-list': {
    code: '0x1d',
    risk: 'discover',
    summary: 'Read what a connection point consists of',
    constraints: object,
  },

  'forward-open': {
    code: '0x54 class 0x06',
    risk: 'session',
    summary:
      'Open a connection; with transport class 0 or 1 it starts cyclic I/O, by which a client without more only listens',
    constraints: opening,
  },
  'large-forward-open': {
    code: '0x5b class 0x06',
    risk: 'session',
    summary: 'Open a connection for messages over 511 bytes',
    constraints: opening,
  },
  // Besides the opening, which is judged as always: what is sent on such a connection never comes by an inspector.
  'cyclic-output': {
    code: '0x54, 0x5b class 0x06 with data to the device',
    risk: 'write',
    summary: 'Set outputs by the cyclic data of a connection, or configure a module by its opening',
    constraints: ['tags', ...closing],
  },
  'forward-close': { code: '0x4e class 0x06', risk: 'session', summary: 'Close a connection', constraints: closing },
  'unconnected-send': {
    code: '0x52 class 0x06',
    risk: 'session',
    summary: 'Envelope of a request routed further',
    constraints: ['slot'],
  },
  // Besides the request that takes the route, which is judged as always.
  'routed-onward': {
    code: 'port segment, any but one over the backplane',
    risk: 'program',
    summary: 'Reach a device behind this one: over another port than the backplane, or over several hops',
    constraints: ['routes'],
  },
  'get-connection-data': {
    code: '0x56 class 0x06',
    risk: 'discover',
    summary: 'Read about a connection',
    constraints: ['slot'],
  },
  'search-connection-data': {
    code: '0x57 class 0x06',
    risk: 'discover',
    summary: 'Find a connection',
    constraints: ['slot'],
  },
  'get-connection-owner': {
    code: '0x5a class 0x06',
    risk: 'discover',
    summary: 'Read who owns a connection',
    constraints: ['slot'],
  },

  // Logix controllers, addressed by symbolic segments or by instances of class 0x6b.
  'read-tag': { code: '0x4c tag', risk: 'read', summary: 'Read a tag', constraints: tag },
  'write-tag': { code: '0x4d tag', risk: 'write', summary: 'Write a tag', constraints: [...tag, 'values'] },
  // The value written depends on what the tag holds, so it cannot be constrained.
  'read-modify-write-tag': {
    code: '0x4e tag',
    risk: 'write',
    summary: 'Set and clear bits of a tag',
    constraints: tag,
  },
  'read-tag-fragmented': { code: '0x52 tag', risk: 'read', summary: 'Read a long tag in parts', constraints: tag },
  'write-tag-fragmented': {
    code: '0x53 tag',
    risk: 'write',
    summary: 'Write a long tag in parts',
    constraints: [...tag, 'values'],
  },
  'get-instance-attribute-list': {
    code: '0x55 class 0x6b',
    risk: 'discover',
    summary: 'Browse tags',
    constraints: ['slot'],
  },
  'read-template': { code: '0x4c class 0x6c', risk: 'discover', summary: 'Read a data type', constraints: ['slot'] },

  'initiate-upload': { code: '0x4b class 0x37', risk: 'file', summary: 'Begin to read a file', constraints: object },
  'initiate-download': {
    code: '0x4c class 0x37',
    risk: 'program',
    summary: 'Begin to write a file',
    constraints: object,
  },
  'initiate-partial-read': { code: '0x4d class 0x37', risk: 'file', summary: 'Read a part', constraints: object },
  'initiate-partial-write': { code: '0x4e class 0x37', risk: 'program', summary: 'Write a part', constraints: object },
  'upload-transfer': { code: '0x4f class 0x37', risk: 'file', summary: 'Read a file, block', constraints: object },
  'download-transfer': {
    code: '0x50 class 0x37',
    risk: 'program',
    summary: 'Write a file, block',
    constraints: object,
  },
  'clear-file': { code: '0x51 class 0x37', risk: 'program', summary: 'Empty a file', constraints: object },

  // Unpublished: the nonvolatile storage object that Rockwell's flash tool writes.
  'update-firmware': {
    code: '0x4b-0x63 class 0xa1',
    risk: 'program',
    summary: 'Replace the firmware',
    constraints: object,
  },
  'unlisted-service': {
    code: 'any other service',
    risk: 'program',
    summary: 'A vendor- or class-specific service not listed here',
    constraints: ['service-code', ...object],
  },
} as const satisfies Record<string, Op>
