import { defineVocabulary } from '#core/protocol.ts'
import { link } from './link.ts'

const object = ['object-type', 'instance']
const property = [...object, 'property']

/** What a device is asked to become, in the order of their numbers: clauses 16.1 (communication control) and 16.4. */
export const communicationStates: readonly string[] = ['enable', 'disable', 'disable-initiation']
export const deviceStates: readonly string[] = [
  'coldstart',
  'warmstart',
  'start-backup',
  'end-backup',
  'start-restore',
  'end-restore',
  'abort-restore',
  'activate-changes',
]

export const bacnet = defineVocabulary({
  name: 'bacnet',
  title: 'BACnet/IP',
  source: 'ANSI/ASHRAE Standard 135-2020 and addenda, clauses 6, 13-17, 21 and annex J',
  ports: [{ transport: 'udp', port: 47808 }],
  ops: {
    'who-is': {
      code: 'unconfirmed 8',
      risk: 'discover',
      summary: 'Ask who is there',
      constraints: ['device'],
      from: 'either',
    },
    'i-am': {
      code: 'unconfirmed 0',
      risk: 'discover',
      summary: 'Say who one is',
      constraints: ['device'],
      from: 'either',
    },
    'who-has': { code: 'unconfirmed 7', risk: 'discover', summary: 'Ask who has an object', from: 'either' },
    'i-have': { code: 'unconfirmed 1', risk: 'discover', summary: 'Say one has an object', from: 'either' },
    'who-am-i': { code: 'unconfirmed 13', risk: 'discover', summary: 'Ask for an identity', from: 'either' },
    'you-are': { code: 'unconfirmed 14', risk: 'control', summary: 'Give a device its identity' },

    'read-property': { code: 'confirmed 12', risk: 'read', summary: 'Read a property', constraints: property },
    'read-property-multiple': { code: 'confirmed 14', risk: 'read', summary: 'Read properties', constraints: property },
    'read-property-conditional': { code: 'confirmed 13', risk: 'read', summary: 'Removed from the standard' },
    'read-range': {
      code: 'confirmed 26',
      risk: 'read',
      summary: 'Read a part of a list or log',
      constraints: property,
    },
    'write-property': {
      code: 'confirmed 15',
      risk: 'write',
      summary: 'Write a property',
      constraints: [...property, 'priority', 'values'],
    },
    'write-property-multiple': {
      code: 'confirmed 16',
      risk: 'write',
      summary: 'Write properties',
      constraints: [...property, 'priority', 'values'],
    },
    'write-group': {
      code: 'unconfirmed 10',
      risk: 'write',
      summary: 'Write to the channels of a group',
      constraints: ['priority', 'values'],
    },
    'add-list-element': { code: 'confirmed 8', risk: 'write', summary: 'Add to a list', constraints: property },
    'remove-list-element': { code: 'confirmed 9', risk: 'write', summary: 'Remove from a list', constraints: property },
    'create-object': { code: 'confirmed 10', risk: 'program', summary: 'Create an object', constraints: object },
    'delete-object': { code: 'confirmed 11', risk: 'program', summary: 'Delete an object', constraints: object },

    'subscribe-cov': { code: 'confirmed 5', risk: 'read', summary: 'Watch an object', constraints: object },
    'subscribe-cov-property': {
      code: 'confirmed 28',
      risk: 'read',
      summary: 'Watch a property',
      constraints: property,
    },
    'subscribe-cov-property-multiple': {
      code: 'confirmed 30',
      risk: 'read',
      summary: 'Watch properties',
      constraints: property,
    },
    'confirmed-cov-notification': {
      code: 'confirmed 1',
      risk: 'read',
      summary: 'Report of a change',
      constraints: property,
      from: 'either',
    },
    'unconfirmed-cov-notification': {
      code: 'unconfirmed 2',
      risk: 'read',
      summary: 'Report of a change',
      constraints: property,
      from: 'either',
    },
    'confirmed-cov-notification-multiple': {
      code: 'confirmed 31',
      risk: 'read',
      summary: 'Report of changes',
      constraints: property,
      from: 'either',
    },
    'unconfirmed-cov-notification-multiple': {
      code: 'unconfirmed 11',
      risk: 'read',
      summary: 'Report of changes',
      constraints: property,
      from: 'either',
    },
    'confirmed-event-notification': {
      code: 'confirmed 2',
      risk: 'read',
      summary: 'Report of an event',
      from: 'either',
    },
    'unconfirmed-event-notification': {
      code: 'unconfirmed 3',
      risk: 'read',
      summary: 'Report of an event',
      from: 'either',
    },
    'acknowledge-alarm': { code: 'confirmed 0', risk: 'write', summary: 'Acknowledge an alarm', constraints: object },
    'get-alarm-summary': { code: 'confirmed 3', risk: 'read', summary: 'Read alarms' },
    'get-enrollment-summary': { code: 'confirmed 4', risk: 'read', summary: 'Read what can raise events' },
    'get-event-information': { code: 'confirmed 29', risk: 'read', summary: 'Read pending events' },
    'life-safety-operation': {
      code: 'confirmed 27',
      risk: 'control',
      summary: 'Silence or reset a life-safety object',
      constraints: object,
    },
    'audit-notification': {
      code: 'confirmed 32, unconfirmed 12',
      risk: 'read',
      summary: 'Report for the audit log',
      from: 'either',
    },
    'audit-log-query': { code: 'confirmed 33', risk: 'read', summary: 'Read the audit log' },

    'device-communication-control': {
      code: 'confirmed 17',
      risk: 'control',
      summary: 'Make a device silent, or let it speak again',
      constraints: ['state'],
    },
    'reinitialize-device': {
      code: 'confirmed 20',
      risk: 'control',
      summary: 'Restart a device, or start a backup or restore',
      constraints: ['state'],
    },
    'time-synchronization': { code: 'unconfirmed 6', risk: 'control', summary: 'Set the clock' },
    'utc-time-synchronization': { code: 'unconfirmed 9', risk: 'control', summary: 'Set the clock in UTC' },

    'atomic-read-file': { code: 'confirmed 6', risk: 'file', summary: 'Read a file', constraints: ['instance'] },
    'atomic-write-file': { code: 'confirmed 7', risk: 'program', summary: 'Write a file', constraints: ['instance'] },
    'confirmed-private-transfer': {
      code: 'confirmed 18',
      risk: 'program',
      summary: 'A service of a vendor',
      constraints: ['vendor', 'service-number'],
    },
    'unconfirmed-private-transfer': {
      code: 'unconfirmed 4',
      risk: 'program',
      summary: 'A service of a vendor',
      constraints: ['vendor', 'service-number'],
      from: 'either',
    },
    'text-message': {
      code: 'confirmed 19, unconfirmed 5',
      risk: 'write',
      summary: 'Send a text',
      from: 'either',
    },
    'virtual-terminal': {
      code: 'confirmed 21-23',
      risk: 'program',
      summary: 'Open, use or close a terminal session',
      from: 'either',
    },
    authenticate: { code: 'confirmed 24-25', risk: 'session', summary: 'Exchange keys; removed from the standard' },
    unlisted: {
      code: 'any other service',
      risk: 'program',
      summary: 'A service not listed here',
      constraints: ['service-number'],
      from: 'either',
    },
    ...link,
  },
  constraints: {
    'object-type': { kind: 'names', summary: 'Object types, e.g. analog-output, or the number of a vendor type' },
    instance: { kind: 'ranges', min: 0, max: 4_194_303, summary: 'Object instances' },
    property: { kind: 'names', summary: 'Properties, e.g. present-value, or the number of a vendor property' },
    priority: {
      of: 'message',
      kind: 'ranges',
      min: 1,
      max: 16,
      summary: 'Priorities of a write; 16 when the message names none',
    },
    values: {
      kind: 'ranges',
      one: 'value',
      min: -2_147_483_648,
      max: 4_294_967_295,
      summary: 'Values written; REAL is compared as a number',
    },
    device: { kind: 'ranges', min: 0, max: 4_194_303, summary: 'Device instances' },
    state: {
      kind: 'names',
      values: [...communicationStates, ...deviceStates],
      summary: 'What the device is asked to become',
    },
    vendor: { kind: 'ranges', min: 0, max: 65535, summary: 'Vendor identifiers' },
    'service-number': { kind: 'ranges', min: 0, max: 4_294_967_295, summary: 'Service numbers' },
    networks: { kind: 'ranges', one: 'network', min: 0, max: 65535, summary: 'BACnet network numbers' },
  },
  companions: [
    {
      id: 'bacnet-device-to-client',
      summary: 'A device speaks to the other end by itself: I-Am, change of value, events',
      transport: 'udp',
      from: 'server',
      port: 47808,
    },
  ],
  broadcast: [
    {
      id: 'bacnet-who-is',
      summary: 'BACnet/IP: Who-Is, I-Am and other broadcasts',
      match: { transport: 'udp', port: 47808 },
    },
  ],
  refusal: 'native',
  neutralisable: true,
  blind: 'BACnet/SC (TLS) is encrypted: its commands cannot be seen.',
})
