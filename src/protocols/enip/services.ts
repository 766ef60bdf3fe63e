/** Which op a CIP service is. From 0x4b on a code means what the class it is addressed to says. */
import type { Path } from './path.ts'

type Codes = Readonly<Record<number, string>>

/** Common services, CIP volume 1, appendix A-3. */
const common: Codes = {
  0x01: 'get-attributes-all',
  0x02: 'set-attributes-all',
  0x03: 'get-attribute-list',
  0x04: 'set-attribute-list',
  0x05: 'reset',
  0x06: 'start',
  0x07: 'stop',
  0x08: 'create',
  0x09: 'delete',
  0x0a: 'multiple-service-packet',
  0x0d: 'apply-attributes',
  0x0e: 'get-attribute-single',
  0x10: 'set-attribute-single',
  0x11: 'find-next-object-instance',
  0x15: 'restore',
  0x16: 'save',
  0x17: 'no-operation',
  0x18: 'get-member',
  0x19: 'set-member',
  0x1a: 'insert-member',
  0x1b: 'remove-member',
  0x1c: 'group-sync',
  0x1d: 'get-connection-point-member-list',
}

/** Publication 1756-PM020, services of tags. */
const tag: Codes = {
  0x4c: 'read-tag',
  0x4d: 'write-tag',
  0x4e: 'read-modify-write-tag',
  0x52: 'read-tag-fragmented',
  0x53: 'write-tag-fragmented',
}

const connectionManager: Codes = {
  0x4e: 'forward-close',
  0x52: 'unconnected-send',
  0x54: 'forward-open',
  0x56: 'get-connection-data',
  0x57: 'search-connection-data',
  0x5a: 'get-connection-owner',
  0x5b: 'large-forward-open',
}

const file: Codes = {
  0x4b: 'initiate-upload',
  0x4c: 'initiate-download',
  0x4d: 'initiate-partial-read',
  0x4e: 'initiate-partial-write',
  0x4f: 'upload-transfer',
  0x50: 'download-transfer',
  0x51: 'clear-file',
}

const byClass: Readonly<Record<number, Codes>> = {
  0x06: connectionManager,
  0x37: file,
  0x67: { 0x4b: 'execute-pccc' },
  0x6b: { 0x55: 'get-instance-attribute-list' },
  0x6c: { 0x4c: 'read-template' },
}

export const opOf = (service: number, path: Path): string => {
  if (service < 0x4b) return common[service] ?? 'unlisted-service'
  if (path.isTag) return tag[service] ?? byClass[path.class]?.[service] ?? 'unlisted-service'
  // Symbols behind a class that has none: a device may take it for the tag.
  if (path.hasSymbols) return 'unlisted-service'
  if (path.class === 0xa1 && service <= 0x63) return 'update-firmware'
  return byClass[path.class]?.[service] ?? 'unlisted-service'
}
