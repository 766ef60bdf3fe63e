/** S7comm-plus (protocol identifier 0x72), coded by its function. Ops carry the prefix `plus-`. */
import type { Op } from '#core/protocol.ts'

const variable = ['area', 'db']

export const plus = {
  'plus-init-ssl': { code: 'plus 0x05b3', risk: 'session', summary: 'Change over to TLS' },
  // CreateObject opens sessions and subscriptions, but also puts blocks into the controller: told apart by class.
  'plus-create-session': {
    code: 'plus 0x04ca session',
    risk: 'session',
    summary: 'Open a session',
  },
  'plus-create-subscription': {
    code: 'plus 0x04ca subscription',
    risk: 'read',
    summary: 'Subscribe to variables or alarms',
  },
  'plus-create-object': {
    code: 'plus 0x04ca any other',
    risk: 'program',
    summary: 'Create an object, e.g. download a block',
  },
  'plus-delete-session': {
    code: 'plus 0x04d4 session',
    risk: 'session',
    summary: 'Close a session',
  },
  'plus-delete-subscription': {
    code: 'plus 0x04d4 subscription',
    risk: 'read',
    summary: 'End a subscription',
  },
  'plus-delete-object': {
    code: 'plus 0x04d4 any other',
    risk: 'program',
    summary: 'Delete an object, e.g. a block',
  },
  'plus-explore': {
    code: 'plus 0x04bb',
    risk: 'discover',
    summary: 'Browse objects, variables and block contents',
  },
  'plus-get-variable': {
    code: 'plus 0x04fc',
    risk: 'read',
    summary: 'Read a variable',
    constraints: variable,
  },
  'plus-set-variable': {
    code: 'plus 0x04f2',
    risk: 'write',
    summary: 'Write a variable or an attribute of an object',
    constraints: [...variable, 'values'],
  },
  'plus-credit-subscription': {
    code: 'plus 0x04f2 subscription',
    risk: 'read',
    summary: 'Take more notifications of a subscription',
  },
  'plus-get-multi-variables': {
    code: 'plus 0x054c',
    risk: 'read',
    summary: 'Read variables',
    constraints: variable,
  },
  'plus-set-multi-variables': {
    code: 'plus 0x0542',
    risk: 'write',
    summary: 'Write variables or attributes of objects',
    constraints: [...variable, 'values'],
  },
  'plus-get-var-sub-streamed': {
    code: 'plus 0x0586',
    risk: 'read',
    summary: 'Read a variable as a stream',
  },
  'plus-set-var-sub-streamed': {
    code: 'plus 0x057c',
    risk: 'write',
    summary: 'Write a variable as a stream, also how a password is entered',
  },
  'plus-get-variables-address': {
    code: 'plus 0x0590',
    risk: 'discover',
    summary: 'Look up addresses of variables',
  },
  'plus-add-link': { code: 'plus 0x0506', risk: 'program', summary: 'Link objects' },
  'plus-remove-link': { code: 'plus 0x051a', risk: 'program', summary: 'Unlink objects' },
  'plus-get-link': { code: 'plus 0x0524', risk: 'read', summary: 'Read links of an object' },
  'plus-begin-sequence': {
    code: 'plus 0x0556',
    risk: 'program',
    summary: 'Begin a sequence of changes',
  },
  'plus-end-sequence': {
    code: 'plus 0x0560',
    risk: 'program',
    summary: 'End a sequence of changes',
  },
  'plus-invoke': { code: 'plus 0x056b', risk: 'program', summary: 'Call a method of an object' },
  'plus-abort': { code: 'plus 0x059a', risk: 'session', summary: 'Abort a request' },
  'plus-notification': {
    code: 'plus opcode 0x33',
    risk: 'read',
    summary: 'Values and alarms of a subscription',
    from: 'server',
  },
  'plus-keep-alive': {
    code: 'plus version 0xff',
    risk: 'session',
    summary: 'Keep the connection',
    from: 'either',
  },
  'plus-system-event': {
    code: 'plus version 0xfe',
    risk: 'session',
    summary: 'Report about the session',
    from: 'server',
  },
  'plus-opaque': {
    code: 'plus inside TLS',
    risk: 'program',
    summary: 'Encrypted: any function',
    from: 'either',
  },
  'plus-unlisted': {
    code: 'plus any other',
    risk: 'program',
    summary: 'A function not listed here',
    constraints: ['function'],
  },
} as const satisfies Record<string, Op>
