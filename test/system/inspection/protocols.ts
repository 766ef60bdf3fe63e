/** Every protocol with a device, an independent client of it, a command that is read and one that must not arrive. */
import type { Row } from './program.ts'

export interface Side {
  readonly service: string
  readonly port: number
  readonly transport: 'tcp' | 'udp'
  /** Programs below `lab/devices`. */
  readonly device: string
  readonly client: string
  readonly args?: readonly string[]
  readonly read: string
  /** The setpoint in an answer to `read`. */
  readonly value: (row: Row) => unknown
  readonly forbidden: readonly Forbidden[]
  /** Why this client is of no use where the device itself refuses a rewritten message. */
  readonly notNeutralised?: string
  /** The client sends several orders at once, before the answer to the first. */
  readonly pipelines: boolean
}

interface Forbidden {
  readonly name: string
  readonly order: string
  /** What the client's library reports of the protocol's own refusal. */
  readonly refusal: Row
  /** The same when the device itself refused a rewritten message, where that differs. */
  readonly neutralised?: Row
}

const field = (row: Row, ...names: readonly string[]): unknown =>
  names.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
    row,
  )

/** IIN2.0: the function is not supported. */
const noFunction = { indications: '0001' }
/** Error class services, code service request denied. */
const denied = { refused: 'BacnetError - Class:5 - Code:29' }
export const sides: readonly Side[] = [
  {
    service: 'modbus',
    port: 502,
    transport: 'tcp',
    device: 'plc.ts',
    client: 'operator.ts',
    read: 'read 100',
    value: (row) => field(row, 'values', '0'),
    forbidden: [
      { name: 'a register written', order: 'write 100 400', refusal: { exception: 1 } },
      { name: 'a coil written', order: 'switch 0 on', refusal: { exception: 1 } },
    ],
    pipelines: true,
  },
  {
    service: 's7comm',
    port: 102,
    transport: 'tcp',
    device: 's7/plc.ts',
    client: 's7/operator.ts',
    read: 'read DB1,INT10',
    value: (row) => field(row, 'values', 'DB1,INT10'),
    forbidden: [{ name: 'a variable written', order: 'write DB1,INT10 400', refusal: { refused: true } }],
    notNeutralised: 'nodes7 closes its connection on any refusal that is not item by item, whoever sends it',
    pipelines: false,
  },
  {
    service: 's7comm',
    port: 102,
    transport: 'tcp',
    device: 's7/plc.ts',
    client: 's7/engineer.ts',
    read: 'read 10',
    value: (row) => field(row, 'value'),
    forbidden: [
      {
        name: 'a word written',
        order: 'write 10 400',
        refusal: { error: '0x0000', item: 3 },
        neutralised: { error: '0x8104' },
      },
      { name: 'a stop', order: 'stop', refusal: { error: '0x8104', done: false } },
      { name: 'a program download', order: 'download 1', refusal: { error: '0x8104', done: false } },
      { name: 'a start', order: 'start', refusal: { error: '0x8104', done: false } },
    ],
    pipelines: true,
  },
  {
    service: 'enip',
    port: 44818,
    transport: 'tcp',
    device: 'enip/plc.ts',
    client: 'enip/operator.ts',
    read: 'read Setpoint',
    value: (row) => field(row, 'value'),
    forbidden: [{ name: 'a tag written', order: 'write Setpoint 400', refusal: { status: 8 } }],
    pipelines: false,
  },
  {
    service: 'dnp3',
    port: 20000,
    transport: 'tcp',
    device: 'dnp3/outstation.ts',
    client: 'dnp3/master.ts',
    read: 'read',
    value: (row) => field(row, 'setpoint'),
    forbidden: [
      { name: 'an output operated', order: 'operate 0 on', refusal: noFunction },
      { name: 'a set-point operated', order: 'set 0 400', refusal: noFunction },
      { name: 'a restart', order: 'restart', refusal: noFunction },
    ],
    pipelines: true,
  },
  {
    service: 'iec104',
    port: 2404,
    transport: 'tcp',
    device: 'iec104/outstation.ts',
    client: 'iec104/master.ts',
    read: 'read 3002',
    value: (row) => field(row, 'value'),
    forbidden: [
      { name: 'a single command', order: 'command 5001 on', refusal: { refused: true, cause: 7 } },
      { name: 'a set-point', order: 'set 5002 400', refusal: { refused: true, cause: 7 } },
      { name: 'a reset of the process', order: 'reset', refusal: { refused: true, cause: 7 } },
    ],
    pipelines: true,
  },
  {
    service: 'opcua',
    port: 4840,
    transport: 'tcp',
    device: 'opcua/server.ts',
    client: 'opcua/operator.ts',
    read: 'read ns=1;s=Setpoint',
    value: (row) => field(row, 'value'),
    forbidden: [
      { name: 'a node written', order: 'write ns=1;s=Setpoint 400', refusal: { fault: 'BadUserAccessDenied' } },
      { name: 'a method called', order: 'call ns=1;s=Tank ns=1;s=Stop', refusal: { fault: 'BadUserAccessDenied' } },
    ],
    pipelines: true,
  },
  {
    service: 'bacnet',
    port: 47808,
    transport: 'udp',
    device: 'bacnet/device.ts',
    client: 'bacnet/operator.ts',
    args: ['--own', '198.18.1.70'],
    read: 'read 2 0',
    value: (row) => field(row, 'value'),
    forbidden: [
      { name: 'a property written', order: 'write 2 0 400', refusal: denied },
      { name: 'a restart', order: 'restart', refusal: denied },
      { name: 'silence', order: 'silence 1', refusal: denied },
    ],
    pipelines: true,
  },
]
