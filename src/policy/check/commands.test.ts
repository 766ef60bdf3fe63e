import { commands } from './commands.ts'
import { conduit, finds } from './trial.ts'

finds('commands', commands, [
  {
    name: 'a command of another protocol',
    code: 'unknown-op',
    with: conduit('from: hmi, to: plc, service: modbus, allow: [write-var]'),
    at: 'write-var',
    says: /modbus has no command `write-var`; it is one of s7comm/,
  },
  {
    name: 'a command by its function code',
    code: 'unknown-op',
    with: conduit('from: hmi, to: plc, service: modbus, allow: [FC6]'),
    at: 'FC6',
    says: /did you mean `write-single-register`/,
  },

  {
    name: 'commands of a bare port',
    code: 'allow-without-protocol',
    with: conduit('from: ews, to: plc, service: tcp/502, allow: [read]'),
    at: 'allow: [read] }',
    says: /cannot be judged/,
  },
  {
    name: 'an unknown command',
    code: 'unknown-op',
    with: conduit('from: ews, to: plc, service: modbus, allow: [read-holding-register]'),
    at: 'read-holding-register]',
    says: /`read-holding-registers`/,
  },
  {
    name: 'an unknown command in a mapping',
    code: 'unknown-op',
    with: conduit('from: ews, to: plc, service: s7comm, allow: [{ op: write }]'),
    at: 'write }',
    says: /s7comm has no command `write`/,
  },
  {
    name: 'a constraint of another command',
    code: 'unknown-constraint',
    with: conduit('from: ews, to: plc, service: modbus, allow: [{ op: read-coils, registers: 1 }]'),
    at: 'registers: 1',
    says: /this command has no `registers`/,
  },
  {
    name: 'a misspelt constraint',
    code: 'unknown-constraint',
    with: conduit('from: ews, to: plc, service: modbus, allow: [{ op: write-single-register, registres: 1 }]'),
    at: 'registres',
    says: /`registers`/,
  },
  {
    name: 'a constraint out of range',
    code: 'invalid-constraint',
    with: conduit('from: ews, to: plc, service: modbus, allow: [{ op: write-single-register, registers: 1-65536 }]'),
    at: '1-65536',
    says: /out of range; expected .* from 0 to 65535/,
  },
  {
    name: 'a range that falls',
    code: 'invalid-constraint',
    with: conduit('from: ews, to: plc, service: modbus, allow: [{ op: write-single-register, registers: 9-5 }]'),
    at: '9-5',
    says: /ranges that rise/,
  },
  {
    name: 'a name the protocol does not have',
    code: 'invalid-constraint',
    with: conduit('from: ews, to: plc, service: s7comm, allow: [{ op: read-var, area: XX }]'),
    at: 'XX',
    says: /does not know/,
  },
  {
    name: 'a while without a value',
    code: 'invalid-while',
    with: conduit(
      'from: ews, to: plc, service: modbus, allow: [{ op: write-single-register, while: { register: 4 } }]',
    ),
    at: 'while',
    says: /which value/,
  },
  {
    name: 'a while about an unknown point',
    code: 'invalid-while',
    with: conduit(
      'from: ews, to: plc, service: modbus, allow: [{ op: write-single-register, while: { regster: 4, equals: 1 } }]',
    ),
    at: 'regster',
    says: /no point `regster`/,
  },
  {
    name: 'a step without a value',
    code: 'step-without-value',
    with: conduit('from: ews, to: plc, service: modbus, allow: [{ op: mask-write-register, step: 4 }]'),
    at: 'step',
    says: /carries no value/,
  },
  {
    name: 'a limit on values of any type',
    code: 'value-without-type',
    with: conduit(
      'from: ews, to: plc, service: s7comm, allow: [{ op: write-var, db: 1, bytes: 10-11, values: 0-500 }]',
    ),
    at: 'values',
    says: /whatever type/,
  },
  {
    name: 'a condition on a value of any type',
    code: 'value-without-type',
    with: conduit(
      'from: ews, to: plc, service: s7comm, allow: [{ op: write-var, type: int, step: 9, while: { db: 1, byte: 4, equals: 1 } }]',
    ),
    at: 'while',
    says: /whatever type/,
  },
  {
    name: 'a step that each unit has its own of',
    code: 'value-of-any',
    with: conduit(
      'from: ews, to: plc, service: modbus, allow: [{ op: write-single-register, registers: 1-5, step: 9 }]',
    ),
    at: 'step',
    says: /any `unit`/,
  },
  {
    name: 'a condition that any station meets',
    code: 'value-of-any',
    with: conduit(
      'from: ews, to: plc, service: iec104, allow: [{ op: single-command, common-address: 3, while: { ioa: 4, equals: 1 } }]',
    ),
    at: 'while',
    says: /any `common-address`/,
  },
  {
    name: 'a failure mode without commands',
    code: 'without-allow',
    with: conduit('from: ews, to: plc, service: modbus, on-failure: open'),
    at: 'on-failure',
    says: /no effect without `allow`/,
  },
])
