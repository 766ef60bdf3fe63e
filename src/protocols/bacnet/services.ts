/** Services by their choice: ANSI/ASHRAE 135, clause 21 (BACnetConfirmedServiceChoice, BACnetUnconfirmedServiceChoice). */

export const confirmed = {
  acknowledgeAlarm: 0,
  covNotification: 1,
  subscribeCov: 5,
  atomicReadFile: 6,
  atomicWriteFile: 7,
  addListElement: 8,
  removeListElement: 9,
  createObject: 10,
  deleteObject: 11,
  readProperty: 12,
  readPropertyMultiple: 14,
  writeProperty: 15,
  writePropertyMultiple: 16,
  deviceCommunicationControl: 17,
  privateTransfer: 18,
  reinitializeDevice: 20,
  vtClose: 22,
  readRange: 26,
  lifeSafetyOperation: 27,
  subscribeCovProperty: 28,
  subscribeCovPropertyMultiple: 30,
  covNotificationMultiple: 31,
} as const

export const unconfirmed = {
  iAm: 0,
  covNotification: 2,
  privateTransfer: 4,
  whoIs: 8,
  writeGroup: 10,
  covNotificationMultiple: 11,
} as const

export const isReading = (service: number): boolean =>
  service === confirmed.readProperty || service === confirmed.readPropertyMultiple || service === confirmed.readRange

/** Ops of confirmed services, in the order of their choices. */
export const confirmedOps: readonly string[] = [
  'acknowledge-alarm',
  'confirmed-cov-notification',
  'confirmed-event-notification',
  'get-alarm-summary',
  'get-enrollment-summary',
  'subscribe-cov',
  'atomic-read-file',
  'atomic-write-file',
  'add-list-element',
  'remove-list-element',
  'create-object',
  'delete-object',
  'read-property',
  'read-property-conditional',
  'read-property-multiple',
  'write-property',
  'write-property-multiple',
  'device-communication-control',
  'confirmed-private-transfer',
  'text-message',
  'reinitialize-device',
  'virtual-terminal',
  'virtual-terminal',
  'virtual-terminal',
  'authenticate',
  'authenticate',
  'read-range',
  'life-safety-operation',
  'subscribe-cov-property',
  'get-event-information',
  'subscribe-cov-property-multiple',
  'confirmed-cov-notification-multiple',
  'audit-notification',
  'audit-log-query',
]

export const unconfirmedOps: readonly string[] = [
  'i-am',
  'i-have',
  'unconfirmed-cov-notification',
  'unconfirmed-event-notification',
  'unconfirmed-private-transfer',
  'text-message',
  'time-synchronization',
  'who-has',
  'who-is',
  'utc-time-synchronization',
  'write-group',
  'unconfirmed-cov-notification-multiple',
  'audit-notification',
  'who-am-i',
  'you-are',
]

/** A choice that no service has: a device answers it with Reject, reason unrecognized-service (18.9). */
export const undefinedService = 127
