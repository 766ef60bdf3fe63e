import type { Golden } from '../golden.ts'

export const modbusGolden: readonly Golden[] = [
  {
    name: 'ten holding registers are read',
    from: 'client',
    hex: '0001 0000 0006 11 03 006b 000a',
    role: 'request',
    commands: [
      {
        op: 'read-holding-registers',
        fields: { unit: 17, registers: [107, 108, 109, 110, 111, 112, 113, 114, 115, 116], quantity: 10 },
      },
    ],
    refusal: '0001 0000 0003 11 83 01',
    neutralised: '0001 0000 0006 11 63 006b 000a',
  },
  {
    name: 'the answer to a read shows values at the addresses that were asked for',
    from: 'server',
    after: [{ from: 'client', hex: '0001 0000 0006 11 03 006b 0003' }],
    hex: '0001 0000 0009 11 03 06 022b 0000 0064',
    role: 'response',
    commands: [
      { op: 'read-holding-registers', fields: { unit: 17, registers: [107, 108, 109], values: [555, 0, 100] } },
    ],
  },
  {
    name: 'one register is written',
    from: 'client',
    hex: '1501 0000 0006 ff 06 0064 0384',
    role: 'request',
    commands: [{ op: 'write-single-register', fields: { unit: 255, registers: 100, values: 900 } }],
    refusal: '1501 0000 0003 ff 86 01',
    neutralised: '1501 0000 0006 ff 63 0064 0384',
  },
  {
    name: 'a write of registers whose byte count is wrong is malformed',
    from: 'client',
    hex: '0001 0000 000b 01 10 0001 0002 05 000a 0102',
    role: 'request',
    fault: 'malformed',
  },
]
