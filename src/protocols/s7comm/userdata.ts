/** S7comm userdata (ROSCTR 7), coded `UD group/sub-function`. */
import type { Op } from '#core/protocol.ts'

const variable = ['area', 'db', 'bytes']

export const userdata = {
  'mode-transition': { code: 'UD 0', risk: 'read', summary: 'Report of a change of mode', from: 'server' },

  'block-status': { code: 'UD 1/0x01,0x13', risk: 'read', summary: 'Watch a block run', constraints: ['block'] },
  'variable-status': { code: 'UD 1/0x02', risk: 'read', summary: 'Watch variables', constraints: variable },
  'output-stack': { code: 'UD 1/0x03-0x05', risk: 'read', summary: 'Read the I, B and L stacks' },
  'force-selection': { code: 'UD 1/0x07', risk: 'control', summary: 'Choose what to force' },
  'modify-variable': {
    code: 'UD 1/0x08',
    risk: 'write',
    summary: 'Modify variables from a watch table',
    constraints: [...variable, 'values'],
  },
  force: { code: 'UD 1/0x09', risk: 'control', summary: 'Force variables', constraints: variable },
  breakpoint: { code: 'UD 1/0x0a', risk: 'program', summary: 'Set a breakpoint' },
  'exit-hold': { code: 'UD 1/0x0b', risk: 'control', summary: 'Leave HOLD' },
  'memory-reset': { code: 'UD 1/0x0c', risk: 'program', summary: 'Erase the program and data' },
  'change-test-job': {
    code: 'UD 1/0x0d-0x0f,0x12',
    risk: 'control',
    summary: 'Disable, enable, delete or replace a test job',
  },
  'read-test-job': { code: 'UD 1/0x10-0x11', risk: 'read', summary: 'Read test jobs' },
  'flash-led': { code: 'UD 1/0x16', risk: 'discover', summary: 'Blink to be found' },

  'cyclic-transfer': { code: 'UD 2/0x01', risk: 'read', summary: 'Subscribe to variables', constraints: variable },
  'cyclic-unsubscribe': { code: 'UD 2/0x04', risk: 'read', summary: 'End a subscription' },
  'change-driven-transfer': {
    code: 'UD 2/0x05,0x07',
    risk: 'read',
    summary: 'Subscribe to changes of variables, or modify it',
    constraints: variable,
  },
  'cyclic-read-record': { code: 'UD 2/0x08', risk: 'read', summary: 'Subscribe to a data record' },

  'list-blocks': { code: 'UD 3/0x01', risk: 'discover', summary: 'Count blocks by type' },
  'list-blocks-of-type': {
    code: 'UD 3/0x02',
    risk: 'discover',
    summary: 'List the blocks of a type',
    constraints: ['block-type'],
  },
  'get-block-info': {
    code: 'UD 3/0x03',
    risk: 'discover',
    summary: 'Read the header of a block',
    constraints: ['block-type', 'block'],
  },

  'read-szl': { code: 'UD 4/0x01', risk: 'discover', summary: 'Read a system status list', constraints: ['szl'] },
  'message-service': { code: 'UD 4/0x02', risk: 'read', summary: 'Subscribe to messages and alarms' },
  'diagnostic-message': { code: 'UD 4/0x03', risk: 'read', summary: 'Diagnostic message', from: 'server' },
  'alarm-indication': {
    code: 'UD 4/0x05-0x06,0x09,0x0c-0x0e,0x10-0x12,0x16',
    risk: 'read',
    summary: 'Report of an alarm, or of its acknowledgement or lock',
    from: 'server',
  },
  'alarm-lock': { code: 'UD 4/0x07', risk: 'control', summary: 'Stop an alarm from being reported' },
  'alarm-unlock': { code: 'UD 4/0x08', risk: 'control', summary: 'Let an alarm be reported again' },
  'alarm-acknowledge': { code: 'UD 4/0x0b', risk: 'write', summary: 'Acknowledge an alarm' },
  'alarm-query': { code: 'UD 4/0x13', risk: 'read', summary: 'Read pending alarms' },

  'plc-password': { code: 'UD 5/0x01', risk: 'session', summary: 'Enter the password' },
  'clear-plc-password': { code: 'UD 5/0x02', risk: 'session', summary: 'Give the unlocked access back' },

  bsend: { code: 'UD 6', risk: 'write', summary: 'Send a block of data to a partner program', from: 'either' },

  'read-clock': { code: 'UD 7/0x01,0x03', risk: 'read', summary: 'Read the clock' },
  'set-clock': { code: 'UD 7/0x02,0x04', risk: 'control', summary: 'Set the clock' },

  'nc-programming': { code: 'UD 15', risk: 'program', summary: 'Transfer programs of a machine tool' },
  'unlisted-userdata': {
    code: 'UD any other',
    risk: 'program',
    summary: 'A userdata function not listed here',
    constraints: ['function', 'subfunction'],
  },
} as const satisfies Record<string, Op>
