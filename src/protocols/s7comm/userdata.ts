/** S7comm userdata (ROSCTR 7), coded `UD group/sub-function`. */
import type { Op } from '#core/protocol.ts'

export const connection = ['rack', 'slot', 'connection-type'] as const
export const variable = ['area', 'db', 'bytes', 'bits', 'type'] as const

export const userdata = {
  'mode-transition': {
    code: 'UD 0',
    risk: 'read',
    summary: 'Report of a change of mode',
    from: 'server',
  },

  'block-status': {
    code: 'UD 1/0x01,0x13',
    risk: 'read',
    summary: 'Watch a block run',
    constraints: ['block', ...connection],
  },
  'variable-status': {
    code: 'UD 1/0x02',
    risk: 'read',
    summary: 'Watch variables',
    constraints: [...variable, ...connection],
  },
  'output-stack': {
    code: 'UD 1/0x03-0x05',
    risk: 'read',
    summary: 'Read the I, B and L stacks',
    constraints: connection,
  },
  'force-selection': {
    code: 'UD 1/0x07',
    risk: 'control',
    summary: 'Choose what to force',
    constraints: connection,
  },
  'modify-variable': {
    code: 'UD 1/0x08',
    risk: 'write',
    summary: 'Modify variables from a watch table',
    constraints: [...variable, 'values', ...connection],
  },
  force: {
    code: 'UD 1/0x09',
    risk: 'control',
    summary: 'Force variables',
    constraints: [...variable, ...connection],
  },
  breakpoint: {
    code: 'UD 1/0x0a',
    risk: 'program',
    summary: 'Set a breakpoint',
    constraints: connection,
  },
  'exit-hold': {
    code: 'UD 1/0x0b',
    risk: 'control',
    summary: 'Leave HOLD',
    constraints: connection,
  },
  'memory-reset': {
    code: 'UD 1/0x0c',
    risk: 'program',
    summary: 'Erase the program and data',
    constraints: connection,
  },
  'change-test-job': {
    code: 'UD 1/0x0d-0x0f,0x12',
    risk: 'control',
    summary: 'Disable, enable, delete or replace a test job',
    constraints: connection,
  },
  'read-test-job': {
    code: 'UD 1/0x10-0x11',
    risk: 'read',
    summary: 'Read test jobs',
    constraints: connection,
  },
  'flash-led': {
    code: 'UD 1/0x16',
    risk: 'discover',
    summary: 'Blink to be found',
    constraints: connection,
  },

  'test-report': {
    code: 'UD 1 report',
    risk: 'read',
    summary: 'Results of a test job',
    from: 'server',
  },

  'cyclic-transfer': {
    code: 'UD 2/0x01',
    risk: 'read',
    summary: 'Subscribe to variables',
    constraints: [...variable, ...connection],
  },
  'cyclic-unsubscribe': {
    code: 'UD 2/0x04',
    risk: 'read',
    summary: 'End a subscription',
    constraints: connection,
  },
  'change-driven-transfer': {
    code: 'UD 2/0x05,0x07',
    risk: 'read',
    summary: 'Subscribe to changes of variables, or modify it',
    constraints: [...variable, ...connection],
  },
  'cyclic-read-record': {
    code: 'UD 2/0x08',
    risk: 'read',
    summary: 'Subscribe to a data record',
    constraints: connection,
  },

  'cyclic-report': {
    code: 'UD 2 report',
    risk: 'read',
    summary: 'Values of a subscription',
    from: 'server',
  },

  'list-blocks': {
    code: 'UD 3/0x01',
    risk: 'discover',
    summary: 'Count blocks by type',
    constraints: connection,
  },
  'list-blocks-of-type': {
    code: 'UD 3/0x02',
    risk: 'discover',
    summary: 'List the blocks of a type',
    constraints: ['block-type', ...connection],
  },
  'get-block-info': {
    code: 'UD 3/0x03',
    risk: 'discover',
    summary: 'Read the header of a block',
    constraints: ['block-type', 'block', ...connection],
  },

  'read-szl': {
    code: 'UD 4/0x01',
    risk: 'discover',
    summary: 'Read a system status list',
    constraints: ['szl', ...connection],
  },
  'message-service': {
    code: 'UD 4/0x02',
    risk: 'read',
    summary: 'Subscribe to messages and alarms',
    constraints: connection,
  },
  'diagnostic-message': {
    code: 'UD 4/0x03',
    risk: 'read',
    summary: 'Diagnostic message',
    from: 'server',
  },
  'alarm-indication': {
    code: 'UD 4/0x05-0x06,0x09,0x0c-0x0e,0x10-0x12,0x16',
    risk: 'read',
    summary: 'Report of an alarm, or of its acknowledgement or lock',
    from: 'server',
  },
  'alarm-lock': {
    code: 'UD 4/0x07',
    risk: 'control',
    summary: 'Stop an alarm from being reported',
    constraints: connection,
  },
  'alarm-unlock': {
    code: 'UD 4/0x08',
    risk: 'control',
    summary: 'Let an alarm be reported again',
    constraints: connection,
  },
  'alarm-acknowledge': {
    code: 'UD 4/0x0b',
    risk: 'write',
    summary: 'Acknowledge an alarm',
    constraints: connection,
  },
  'alarm-query': {
    code: 'UD 4/0x13',
    risk: 'read',
    summary: 'Read pending alarms',
    constraints: connection,
  },

  // Not of every session: whoever may only read does not try passwords.
  'plc-password': {
    code: 'UD 5/0x01',
    risk: 'control',
    summary: 'Enter the password',
    constraints: connection,
  },
  'clear-plc-password': {
    code: 'UD 5/0x02',
    risk: 'control',
    summary: 'Give the unlocked access back',
    constraints: connection,
  },

  bsend: {
    code: 'UD 6',
    risk: 'write',
    summary: 'Send a block of data to a partner program',
    from: 'either',
    constraints: connection,
  },

  'read-clock': {
    code: 'UD 7/0x01,0x03',
    risk: 'read',
    summary: 'Read the clock',
    constraints: connection,
  },
  'set-clock': {
    code: 'UD 7/0x02,0x04',
    risk: 'control',
    summary: 'Set the clock',
    constraints: connection,
  },

  'nc-programming': {
    code: 'UD 15',
    risk: 'program',
    summary: 'Transfer programs of a machine tool',
    constraints: connection,
  },
  'unlisted-userdata': {
    code: 'UD any other',
    risk: 'program',
    summary: 'A userdata function not listed here',
    constraints: ['function', 'subfunction', ...connection],
  },
} as const satisfies Record<string, Op>
